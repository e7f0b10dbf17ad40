"""An answer that the speech model did not understand, and the texts that people can see of it."""

from __future__ import annotations

from bs4 import BeautifulSoup
from sqlalchemy import select

from app.captions.models import CaptionTrack
from app.captions.services import current_track
from app.captions.speech.signals import Signals
from app.extensions import db
from app.interviews.models import BlindMode, Interview
from app.recording.models import Take
from app.transaction import transaction
from tests.captions.reviewed import ReviewedAnswer

SAID = ("Gibberish wobbles", "under a teapot")


WORDS = ("Gibberish", "gibberish", "wobbles", "teapot")


NEUTRAL = "No transcript yet. A person has to make it."


ABOUT_THE_VOICE = ("understand", "speech model", "voice", "accent", "sounded", "Listen", "listen")


BAD = Signals(
    words=4, speech_seconds=6.0, log_probability=-2.5, no_speech=0.5, compression=1.0, unsure=1.0, repeated=0.0,
    language_probability=0.1,
)  # fmt: skip


class Reviewed(ReviewedAnswer):
    """An answer that the speech model did not understand, and its signed-in reviewer."""

    def track(self) -> CaptionTrack:
        """Return the current captions."""
        db.session.rollback()
        track = current_track(db.session(), self.take_id)
        assert track
        return track

    def reading(self) -> dict[str, str]:
        """Return everything that a reviewer can read for a judgement, by address: pages, partials, caption files,
        search, exports.
        """
        pages = [
            f"/review/answers/{self.answer.id}",
            f"/review/answers/{self.answer.id}?q=teapot",
            f"/review/answers/{self.answer.id}?watch=text",
            "/review/",
            f"/review/interviews/{self.interview.id}",
            f"/review/interviews/{self.interview.id}/panel",
            f"/review/interviews/{self.interview.id}/questions/{self.answer.question_id}",
            *(f"/captions/{self.take_id}.{kind}" for kind in ("vtt", "vtt?download=1", "srt", "txt")),
        ]
        answers = {page: self.client.get(page) for page in pages}
        assert {page: got.status_code for page, got in answers.items()} == dict.fromkeys(pages, 200)
        answers["partial"] = self.client.get(pages[0], headers={"HX-Request": "true"})
        answers["scores"] = self.client.submit(f"/review/interviews/{self.interview.id}/scores.csv")
        return {
            page: got.get_data(as_text=True).replace("q=teapot", "").replace('value="teapot"', "")
            for page, got in answers.items()
        }

    def editing(self) -> dict[str, str]:
        """Return the pages on which captions are corrected, by address."""
        pages = [f"/review/captions/{self.take_id}{rest}" for rest in ("", "/file", "/versions", "/versions/1")]
        return {page: main_text(self.client.page(page)) for page in pages}

    def found(self) -> list[str]:
        """Return the addresses of the answers that a search finds."""
        page = self.client.page(f"/review/interviews/{self.interview.id}/search?q=teapot")
        return [str(link["href"]) for link in page.select("a.hit")]


def main_text(page: BeautifulSoup) -> str:
    """Return the text of a page as people read it, including the content of its fields."""
    main = page.select_one("main")
    assert main
    for script in main.select("script"):
        script.extract()
    return main.get_text()


def make_blind(reviewed: Reviewed, mode: BlindMode) -> None:
    with transaction() as session:
        session.get_one(Interview, reviewed.interview.id).blind = str(mode)


def words_in(texts: dict[str, str]) -> dict[str, list[str]]:
    """Return the words of the captions in each text. Texts without such words are left out."""
    found = {name: [word for word in WORDS if word in text] for name, text in texts.items()}
    return {name: words for name, words in found.items() if words}


def said_by(texts: dict[str, str], signs: tuple[str, ...]) -> dict[str, list[str]]:
    found = {name: [sign for sign in signs if sign in text] for name, text in texts.items()}
    return {name: signs for name, signs in found.items() if signs}


def withheld(take: Take, verdict: str = "not understood") -> Take:
    with transaction() as session:
        session.scalars(select(CaptionTrack).where(CaptionTrack.take_id == take.id)).one().verdict = verdict
    return take

"""Captions of a recording that the speech model did not understand: nobody reads them as the candidate's words, until a
person has corrected or checked them.
"""

from __future__ import annotations

import io
import json
from typing import Any
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.accounts.models import Role
from app.audit import Actor
from app.captions.corrections import restore, save_correction
from app.captions.models import CaptionTrack, TrackKind
from app.captions.services import Transcription, current_track, save_automatic_track
from app.captions.speech.signals import Signals
from app.captions.verdicts import Verdict, verdict_on
from app.extensions import db
from app.interviews.models import Attempt, BlindMode, Interview, Invitation
from app.recording.models import Media, Take
from app.review.search.services import index_answers, index_track, missing_from_index
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer, make_captioned_take, make_cue
from tests.captions.reviewed import ReviewedAnswer
from tests.factories import NOON, enter, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

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
        """Return everything from which a reviewer judges, by address: pages, partials, caption files, search, exports."""
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
    """Return the text that people read on a page, with what is in its fields."""
    main = page.select_one("main")
    assert main
    for script in main.select("script"):
        script.extract()
    return main.get_text()


@pytest.fixture
def reviewed(client: CheckingClient) -> Reviewed:
    reviewer = make_user(Role.REVIEWER, name="Rosa Reader")
    interview = make_interview(reviewers=[reviewer])
    attempt = make_attempt(interview, submitted_at=NOON)
    answer = make_captioned_answer(*SAID, attempt=attempt, verdict="not understood")
    sign_in(client, reviewer)
    return Reviewed(client, answer, interview)


def make_blind(reviewed: Reviewed, mode: BlindMode) -> None:
    with transaction() as session:
        session.get_one(Interview, reviewed.interview.id).blind = str(mode)


def words_in(texts: dict[str, str]) -> dict[str, list[str]]:
    """Return the words of the captions in each text, without texts that have none."""
    found = {name: [word for word in WORDS if word in text] for name, text in texts.items()}
    return {name: words for name, words in found.items() if words}


def said_by(texts: dict[str, str], signs: tuple[str, ...]) -> dict[str, list[str]]:
    found = {name: [sign for sign in signs if sign in text] for name, text in texts.items()}
    return {name: signs for name, signs in found.items() if signs}


@pytest.mark.parametrize("mode", BlindMode)
def test_no_page_or_file_for_judging_has_the_words(reviewed: Reviewed, mode: BlindMode) -> None:
    make_blind(reviewed, mode)
    assert words_in(reviewed.reading()) == {}
    assert reviewed.found() == []


def test_the_reviewer_is_told_why_and_what_to_do(reviewed: Reviewed) -> None:
    page = reviewed.client.page(f"/review/answers/{reviewed.answer.id}")
    section = page.select_one("#transcript")
    assert section
    text = " ".join(section.get_text().split())
    assert "The speech model did not understand this recording well." in text
    links = [str(link["href"]) for link in section.select("a")]
    address = f"/review/captions/{reviewed.take_id}"
    assert links == [address, f"{address}/file", f"{address}/versions#language"]
    assert page.select("#recording"), "the recording can be played"
    assert page.select("track, [data-captions]") == []


def test_a_blind_review_of_words_says_nothing_about_the_voice(reviewed: Reviewed) -> None:
    make_blind(reviewed, BlindMode.TEXT)
    section = reviewed.client.page(f"/review/answers/{reviewed.answer.id}").select_one("#transcript")
    assert section
    said = {"transcript": section.get_text(), **reviewed.editing()}
    said |= {kind: reviewed.client.get(f"/captions/{reviewed.take_id}.{kind}").text for kind in ("vtt", "srt", "txt")}
    assert "A person has to make it." in said["transcript"]
    assert said_by(said, ABOUT_THE_VOICE) == {}
    assert words_in(said) == {}


def test_a_blind_review_of_the_voice_says_nothing_about_it(reviewed: Reviewed) -> None:
    make_blind(reviewed, BlindMode.VOICE)
    with transaction() as session:
        session.scalars(select(Media)).one().sound_key = "sound"
    section = reviewed.client.page(f"/review/answers/{reviewed.answer.id}").select_one("#transcript")
    assert section
    assert "A person has to make it. Listen to the recording." in " ".join(section.get_text().split())
    assert said_by({"transcript": section.get_text()}, ("understand", "speech model", "voice", "accent")) == {}


def test_caption_files_contain_only_the_sentence(reviewed: Reviewed) -> None:
    address = f"/captions/{reviewed.take_id}"
    assert NEUTRAL in reviewed.client.get(f"{address}.vtt").text
    assert "-->" not in reviewed.client.get(f"{address}.vtt").text
    assert reviewed.client.get(f"{address}.txt").text == f"{NEUTRAL}\n"
    sent = reviewed.client.get(f"{address}.srt")
    assert sent.text.splitlines()[2:] == [f"[{NEUTRAL}]"]
    assert "no-transcript" in sent.headers["Content-Disposition"]


def test_the_sentence_in_a_file_is_not_read_back_as_a_caption(reviewed: Reviewed) -> None:
    sent = reviewed.client.get(f"/captions/{reviewed.take_id}.srt").data
    fields = {"base": "1", "file": (io.BytesIO(sent), "captions.srt")}
    address = f"/review/captions/{reviewed.take_id}/file"
    page = reviewed.client.submit(address, fields, content_type="multipart/form-data")
    assert page.status_code == 422
    assert "Nothing was read" not in page.text
    assert reviewed.track().version == 1


def test_who_can_hear_the_recording_gets_the_words_to_correct_marked(reviewed: Reviewed) -> None:
    page = reviewed.client.page(f"/review/captions/{reviewed.take_id}")
    assert [field.get_text().strip() for field in page.select("textarea[name=text]")] == list(SAID)
    assert "most of these words are probably wrong" in page.get_text()
    version = reviewed.client.page(f"/review/captions/{reviewed.take_id}/versions/1").get_text()
    assert "Version 1: the speech model did not understand this recording well" in version


def correct(reviewed: Reviewed, *texts: str) -> Any:
    page = reviewed.client.page(f"/review/captions/{reviewed.take_id}")
    form = page.select_one("#caption-editor")
    assert form
    times = {name: [str(field["value"]) for field in form.select(f"input[name={name}]")] for name in ("start", "end")}
    sent = {"base": str(reviewed.track().version), "source": "", "language": "en", **times, "text": list(texts)}
    return reviewed.client.submit(f"/review/captions/{reviewed.take_id}", {**sent, "do": "save"})


def test_a_correction_lifts_it(reviewed: Reviewed) -> None:
    correct(reviewed, "Kittens sit", "under a teapot")
    assert len(reviewed.found()) == 1
    assert "Kittens sit" in reviewed.client.get(f"/review/answers/{reviewed.answer.id}").text
    assert "Kittens sit" in reviewed.client.get(f"/captions/{reviewed.take_id}.vtt").text
    make_blind(reviewed, BlindMode.TEXT)
    assert "Kittens sit" in reviewed.client.get(f"/review/answers/{reviewed.answer.id}").text
    pages = reviewed.editing()
    assert "Gibberish" not in pages[f"/review/captions/{reviewed.take_id}/versions/1"]
    assert "Gibberish" not in reviewed.client.get(f"/review/captions/{reviewed.take_id}/versions/2").text


def test_saving_it_without_a_change_does_not_lift_it(reviewed: Reviewed) -> None:
    correct(reviewed, *SAID)
    assert reviewed.track().version == 2
    assert words_in(reviewed.reading()) == {}
    assert reviewed.found() == []


def test_restoring_it_does_not_lift_it(reviewed: Reviewed) -> None:
    correct(reviewed, "Kittens sit", "under a teapot")
    reviewed.client.submit(f"/review/captions/{reviewed.take_id}/versions/1/restore", {"base": "2"})
    assert reviewed.track().version == 3
    assert words_in(reviewed.reading()) == {}
    assert reviewed.found() == []


def test_a_person_who_checked_it_against_the_recording_lifts_it(reviewed: Reviewed) -> None:
    reviewed.client.submit(f"/review/captions/{reviewed.take_id}/check", {"base": "1"})
    assert "Gibberish" in reviewed.client.get(f"/review/answers/{reviewed.answer.id}").text
    assert len(reviewed.found()) == 1


def test_two_editors_at_once_in_a_blind_review_do_not_get_the_words(reviewed: Reviewed) -> None:
    make_blind(reviewed, BlindMode.TEXT)
    with transaction() as session:
        restore(session, reviewed.take_id, 1, base=1, actor=Actor("candidate", "someone"), now=NOON)
    fields = {"base": "1", "source": "", "language": "en", "start": ["0:00"], "end": ["0:02"], "text": ["Kittens"]}
    page = reviewed.client.submit(f"/review/captions/{reviewed.take_id}", {**fields, "do": "save"})
    assert page.status_code == 409
    assert words_in({"page": page.text}) == {}


def test_the_index_sweep_does_not_look_for_it_again_and_again(reviewed: Reviewed) -> None:
    assert list(missing_from_index(db.session())) == []


def test_captions_that_the_model_withholds_are_not_appended_to_a_persons(reviewed: Reviewed) -> None:
    with transaction() as session:
        cues = [make_cue("Kittens sit")]
        save_correction(
            session, reviewed.take_id, cues, base=1, kind=TrackKind.CANDIDATE, actor=Actor("candidate", "x"), now=NOON
        )
        media = session.scalars(select(Media)).one()
        media.duration_ms, media.created_at = 60_000, NOON.replace(year=NOON.year + 1)
    assert verdict_on(BAD) is Verdict.NOT_UNDERSTOOD
    with transaction() as session:
        heard = Transcription([make_cue("Gibberish wobbles", 30_000)], "en", "base", None, signals=BAD)
        track = save_automatic_track(session, reviewed.take_id, heard, now=NOON)
        assert (track.verdict, track.signals and track.signals["log_probability"]) == ("not understood", -2.5)
    assert [cue.text for cue in reviewed.track().cues] == ["Kittens sit"]


def test_words_of_an_earlier_version_are_no_longer_found_when_a_newer_one_was_not_understood(
    reviewed: Reviewed,
) -> None:
    with transaction() as session:
        session.scalars(select(CaptionTrack)).one().verdict = "good"
    with transaction() as session:
        index_answers(session, [reviewed.answer.id])
    assert len(reviewed.found()) == 1
    with transaction() as session:
        heard = Transcription([make_cue("under a teapot")], "en", "base", None, signals=BAD)
        index_track(session, save_automatic_track(session, reviewed.take_id, heard, now=NOON).id)
    assert reviewed.found() == []


@pytest.fixture
def take(app: object) -> Take:
    """A take of a candidate who has not sent their answers."""
    return withheld(make_captioned_take(make_attempt(), *SAID))


def withheld(take: Take, verdict: str = "not understood") -> Take:
    with transaction() as session:
        session.scalars(select(CaptionTrack).where(CaptionTrack.take_id == take.id)).one().verdict = verdict
    return take


def test_the_candidates_replay_has_no_captions_and_says_what_they_can_do(client: CheckingClient, take: Take) -> None:
    enter(client, db.session.get_one(Attempt, take.attempt_id))
    page = client.page(f"/interview/questions/{take.question_id}")
    card = page.select_one(f"#take-{take.id}")
    assert card
    assert card.select("track") == []
    assert "This is not your fault, and your recording is kept." in " ".join(card.get_text().split())
    assert card.select_one(f"#correct-{take.id}")
    assert card.select_one(f"#help-{take.id}")
    assert words_in({"page": str(page)}) == {}


def test_the_candidate_may_see_and_correct_them_and_is_told_that_nobody_else_does(
    client: CheckingClient, take: Take
) -> None:
    enter(client, db.session.get_one(Attempt, take.attempt_id))
    address = f"/interview/takes/{take.id}/captions"
    page = client.page(address)
    assert [box.get_text().strip() for box in page.select("textarea")] == list(SAID)
    assert "Reviewers do not see them until you correct them and save." in page.get_text()
    client.submit(address, {"base": 1, "text": ["Kittens sit", SAID[1]]})
    assert "Reviewers do not see them" not in client.page(address).get_text()
    client.submit(f"{address}/restore", {"base": 2})
    assert "Reviewers do not see them" in client.page(address).get_text()


def test_the_receipt_offers_no_captions_and_says_why(client: CheckingClient) -> None:
    answer = make_captioned_answer(*SAID, verdict="not understood")
    enter(client, answer.attempt)
    page = client.page("/interview/receipt")
    assert page.select("a[href^='/captions/']") == []
    assert "so there are none to download" in page.get_text()
    assert words_in({"file": client.get(f"/captions/{answer.take_id}.vtt?download=1").text}) == {}


def test_the_copy_of_a_persons_data_has_the_words_and_the_verdict_marked(client: CheckingClient) -> None:
    answer = make_captioned_answer(*SAID, verdict="not understood", signals={"log_probability": -2.5})
    invitation: Invitation = answer.attempt.invitation
    sign_in(client, make_user(Role.COMPLIANCE))
    sent = client.submit(f"/compliance/people/{invitation.id}/data.zip", {})
    archive = ZipFile(io.BytesIO(sent.data))
    name = next(name for name in archive.namelist() if name.endswith(".vtt"))
    assert NEUTRAL in archive.read(name).decode()
    assert "Gibberish" in archive.read(name).decode()
    captions = json.loads(archive.read("data.json"))["captions"]
    assert [(one["verdict"], one["signals"]) for one in captions] == [("not understood", {"log_probability": -2.5})]


def test_a_recording_of_speech_without_words_is_not_called_silent(client: CheckingClient, reviewed: Reviewed) -> None:
    answer = make_captioned_answer(
        attempt=reviewed.answer.attempt, question=reviewed.interview.questions[1], verdict="not understood"
    )
    section = client.page(f"/review/answers/{answer.id}").select_one("#transcript")
    assert section
    assert "No speech was heard" not in section.get_text()
    assert [link.get_text() for link in section.select("a")][:2] == ["Type captions", "Add a caption file"]
    take = withheld(make_captioned_take(make_attempt(), *SAID))
    with transaction() as session:
        session.scalars(select(CaptionTrack).where(CaptionTrack.take_id == take.id)).one().cues = []
    enter(client, db.session.get_one(Attempt, take.attempt_id))
    text = client.page(f"/interview/questions/{take.question_id}").get_text()
    assert "We heard no speech" not in text
    assert "This is not your fault, and your recording is kept." in text
    assert "This is not your fault" in client.page(f"/interview/takes/{take.id}/captions").get_text()


@pytest.mark.parametrize(("mode", "lines"), [(BlindMode.OFF, 1), (BlindMode.TEXT, 0)])
def test_captions_to_read_with_care_have_one_line_above_them_except_where_nobody_hears(
    reviewed: Reviewed, mode: BlindMode, lines: int
) -> None:
    with transaction() as session:
        session.scalars(select(CaptionTrack)).one().verdict = "care"
    make_blind(reviewed, mode)
    page = reviewed.client.page(f"/review/answers/{reviewed.answer.id}")
    assert page.get_text().count("Read it with care") == lines
    assert "Gibberish" in page.get_text()
    files = [reviewed.client.get(f"/captions/{reviewed.take_id}.{kind}").text for kind in ("vtt", "srt", "txt")]
    assert not any("with care" in file for file in files)


def test_good_captions_say_nothing_more(reviewed: Reviewed) -> None:
    with transaction() as session:
        session.scalars(select(CaptionTrack)).one().verdict = "good"
    assert "with care" not in reviewed.client.page(f"/review/answers/{reviewed.answer.id}").get_text()


@pytest.mark.parametrize(("verdict", "lines"), [("care", 1), ("good", 0)])
def test_the_candidates_replay_says_when_to_read_with_care(client: CheckingClient, verdict: str, lines: int) -> None:
    take = withheld(make_captioned_take(make_attempt(), *SAID), verdict)
    enter(client, db.session.get_one(Attempt, take.attempt_id))
    page = client.page(f"/interview/questions/{take.question_id}")
    assert page.get_text().count("Read them with care") == lines
    assert len(page.select("track")) == 1
    assert client.page(f"/interview/takes/{take.id}/captions").get_text().count("Read them with care") == lines

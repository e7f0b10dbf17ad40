"""A reviewer who may not hear a recording learns nothing about its sound from its captions, and cannot request new
ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app.accounts.models import Role
from app.audit import AuditAction, AuditEvent
from app.captions.models import CaptionTrack
from app.extensions import db
from app.interviews.models import BlindMode, Interview
from app.recording.models import Media, Take
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer, make_cue
from tests.captions.reviewed import ReviewedAnswer
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

SOUND = ("Chinese", "zh", "61", "sounded", "uncertain", "not sure", "dotted", "0.61")
"""Words of a response that reveal something about the sound of the recording below."""


class Reviewed(ReviewedAnswer):
    """An answer in English that sounded like Chinese, and its signed-in reviewer."""

    def said(self) -> dict[str, str]:
        """Return the responses that the reviewer gets, by address: pages, files, partials and search."""
        captions = f"/review/captions/{self.take_id}"
        pages = [
            f"/review/answers/{self.answer.id}",
            f"/review/answers/{self.answer.id}?q=harbour",
            f"/review/interviews/{self.interview.id}",
            f"/review/interviews/{self.interview.id}/search?q=harbour",
            f"/review/interviews/{self.interview.id}/questions/{self.answer.question_id}",
            *(f"{captions}{rest}" for rest in ("", "/file", "/versions", "/versions/1")),
            *(f"/captions/{self.take_id}.{kind}" for kind in ("vtt", "srt", "txt")),
        ]
        answers = {page: self.client.get(page) for page in pages}
        assert {page: got.status_code for page, got in answers.items()} == dict.fromkeys(pages, 200)
        answers["partial"] = self.client.get(pages[0], headers={"HX-Request": "true"})
        answers["scores"] = self.client.submit(f"/review/interviews/{self.interview.id}/scores.csv")
        return {page: got.get_data(as_text=True) for page, got in answers.items()}


@pytest.fixture
def reviewed(client: CheckingClient) -> Reviewed:
    """An answer with automatic captions: the model was unsure of a word, and detected Chinese with a probability of 61
    %.
    """
    reviewer = make_user(Role.REVIEWER, name="Rosa Reader")
    interview = make_interview(reviewers=[reviewer])
    attempt = make_attempt(interview, submitted_at=NOON)
    answer = make_captioned_answer(make_cue("We left the harbour", unsure=["harbour"]), attempt=attempt)
    with transaction() as session:
        track = session.scalars(select(CaptionTrack)).one()
        track.guessed_language, track.guess_probability = "zh", 0.61
    sign_in(client, reviewer)
    return Reviewed(client, answer, interview)


def read_only(reviewed: Reviewed) -> None:
    with transaction() as session:
        session.get_one(Interview, reviewed.interview.id).blind = str(BlindMode.TEXT)


def voice_with_no_sound_alone(reviewed: Reviewed) -> None:
    with transaction() as session:
        session.get_one(Interview, reviewed.interview.id).blind = str(BlindMode.VOICE)
        session.scalars(select(Media)).one().sound_key = None


UNHEARD = [read_only, voice_with_no_sound_alone]


@pytest.mark.parametrize("hide", UNHEARD)
def test_no_page_or_file_says_what_an_unheard_recording_sounded_like(
    reviewed: Reviewed, hide: Callable[[Reviewed], None]
) -> None:
    before = reviewed.said()
    hide(reviewed)
    found = {page: told(text) for page, text in reviewed.said().items()}
    assert found == {page: [] for page in before}
    answer = f"/review/answers/{reviewed.answer.id}"
    assert told(before[answer]) == ["Chinese", "61", "sounded", "uncertain", "not sure", "dotted"]


def told(text: str) -> list[str]:
    """Return the words of a response that reveal the sound. Whole words only, because ids may contain the same
    characters.
    """
    return [sign for sign in SOUND if re.search(rf"(?<![\w-]){re.escape(sign)}(?![\w-])", text)]


@pytest.mark.parametrize("hide", UNHEARD)
def test_the_language_of_captions_that_can_be_read_is_still_said(
    reviewed: Reviewed, hide: Callable[[Reviewed], None]
) -> None:
    hide(reviewed)
    page = reviewed.client.page(f"/review/answers/{reviewed.answer.id}").get_text()
    assert "Language of the captions: English." in page
    assert "Captions in another language" not in page


@pytest.mark.parametrize("hide", UNHEARD)
def test_captions_of_an_unheard_recording_are_not_made_again(
    reviewed: Reviewed, hide: Callable[[Reviewed], None]
) -> None:
    hide(reviewed)
    address = f"/review/captions/{reviewed.take_id}"
    assert reviewed.client.page(f"{address}/versions").select("#caption-language, #language") == []
    assert reviewed.client.submit(f"{address}/language", {"language": "cy"}).status_code == 403
    db.session.rollback()
    assert db.session.get_one(Take, reviewed.take_id).language is None
    requests = select(func.count()).where(AuditEvent.action == str(AuditAction.CAPTIONS_REQUESTED))
    assert db.session.scalar(requests) == 0


def test_the_versions_say_how_sure_the_model_was_of_the_language(reviewed: Reviewed) -> None:
    address = f"/review/captions/{reviewed.take_id}/versions"
    assert "the recording sounded more like this language: Chinese (61 %)" in text(reviewed, address)
    with transaction() as session:
        session.scalars(select(CaptionTrack)).one().guessed_language = "en"
    assert "sounded like this language to the speech model too (61 %)" in text(reviewed, address)


def text(reviewed: Reviewed, address: str) -> str:
    return " ".join(reviewed.client.page(address).get_text().split())


@pytest.mark.parametrize("guessed", ["zh", "en"])
def test_a_blind_review_in_which_the_voice_is_heard_does_not_say_what_it_sounded_like(
    reviewed: Reviewed, guessed: str
) -> None:
    with transaction() as session:
        session.get_one(Interview, reviewed.interview.id).blind = str(BlindMode.VOICE)
        session.scalars(select(Media)).one().sound_key = "takes/sound"
        session.scalars(select(CaptionTrack)).one().guessed_language = guessed
    versions = text(reviewed, f"/review/captions/{reviewed.take_id}/versions")
    assert "Language of the captions: English." in versions
    assert "Mark as checked" in versions
    assert "sounded" not in versions
    assert "sounded" not in text(reviewed, f"/review/answers/{reviewed.answer.id}")

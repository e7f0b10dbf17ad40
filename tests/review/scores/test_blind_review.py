"""Blind review hides the candidate's name, and the picture or the whole recording."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accounts.models import StaffUser
from app.interviews.models import BlindMode, Interview
from app.recording.models import Answer
from app.review.neutral_label import neutral_label
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer
from tests.review.desk_pages import sent_attempt, text_of
from tests.review.scores.forms import Desk, hand_in


def make_blind(interview: Interview, mode: BlindMode) -> None:
    with transaction() as session:
        session.get_one(Interview, interview.id).blind = str(mode)


class TestBlind:
    @pytest.mark.parametrize("mode", [BlindMode.VOICE, BlindMode.TEXT])
    def test_blind_review_hides_the_name_everywhere(
        self, desk_of: Desk, rada: StaffUser, interview: Interview, answer: Answer, mode: BlindMode
    ) -> None:
        make_blind(interview, mode)
        desk = desk_of(rada)
        hand_in(desk, answer)
        label = f"Candidate {neutral_label(answer.attempt_id)}"
        pages = [
            f"/review/interviews/{interview.id}",
            f"/review/answers/{answer.id}",
            f"/review/interviews/{interview.id}/questions/{answer.question_id}",
            f"/review/interviews/{interview.id}/search?q=sailed",
        ]
        shown = [desk.get(page).text for page in pages]
        shown.append(desk.submit(f"/review/interviews/{interview.id}/scores.csv").text)
        assert [("Ada" in page or "Osei" in page, label in page) for page in shown] == [(False, True)] * 5

    def test_server_refuses_the_picture_in_blind_review(
        self, desk_of: Desk, rada: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        desk = desk_of(rada)
        with desk.get(f"/media/{answer.take_id}") as given:
            assert given.mimetype == "video/webm"
        make_blind(interview, BlindMode.VOICE)
        assert desk.get(f"/media/{answer.take_id}").status_code == 404
        assert desk.page(f"/review/answers/{answer.id}").video is None

    def test_sound_can_be_played_without_its_picture(
        self, desk_of: Desk, rada: StaffUser, interview: Interview, app: Flask
    ) -> None:
        answer = make_answer(sent_attempt(interview, "Ada Osei"))
        get_storage().put("takes/x/sound.webm", b"the sound alone")
        add_media(str(answer.take_id), sound_key="takes/x/sound.webm")
        make_blind(interview, BlindMode.VOICE)
        with desk_of(rada).get(f"/media/{answer.take_id}") as given:
            assert (given.mimetype, given.data) == ("audio/webm", b"the sound alone")

    def test_blind_mode_text_offers_no_recording(
        self, desk_of: Desk, rada: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        make_blind(interview, BlindMode.TEXT)
        desk = desk_of(rada)
        assert desk.get(f"/media/{answer.take_id}?only=sound").status_code == 404
        page = desk.page(f"/review/answers/{answer.id}")
        assert page.select_one("video, audio") is None
        assert "We sailed out" in text_of(page.select_one(".transcript"))

    def test_label_is_constant_and_not_a_word(self) -> None:
        labels = [neutral_label(f"attempt {number}") for number in range(500)]
        assert labels == [neutral_label(f"attempt {number}") for number in range(500)]
        assert len(set(labels)) == 500
        assert not set("".join(labels)) & set("AEIOUY01")

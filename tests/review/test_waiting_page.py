"""The page of an answer that is still being prepared."""

from __future__ import annotations

import pytest

from app.interviews.models import Interview
from app.recording.models import StageState
from tests.answer_factories import add_media, make_answer, make_captioned_answer, set_stages
from tests.page_check import CheckingClient
from tests.review.desk_pages import HTMX, sent_attempt, text_of


class TestWaiting:
    @pytest.mark.parametrize(
        ("stages", "words", "every"),
        [
            ((), "The recording is still arriving", "every 10s"),
            ((StageState.PENDING,), "The recording is being prepared", "every 3s"),
            ((StageState.FAILED,), "The recording could not be opened", None),
        ],
    )
    def test_before_the_recording_is_there(
        self,
        desk: CheckingClient,
        interview: Interview,
        stages: tuple[StageState, ...],
        words: str,
        every: str | None,
    ) -> None:
        answer = make_answer(sent_attempt(interview))
        if stages:
            set_stages(answer.take_id, *stages)
        page = desk.page(f"/review/answers/{answer.id}")
        assert words in text_of(page)
        assert page.video is None
        assert page.select_one("#watch").get("data-hx-trigger") == every

    @pytest.mark.parametrize(
        ("heard", "words", "every"),
        [
            (None, "Captions are being made", "every 3s"),
            (StageState.RUNNING, "Captions are being made", "every 3s"),
            (StageState.WAITING_FOR_MODEL, "flask --app wsgi model fetch", "every 30s"),
            (StageState.FAILED, "Automatic captions could not be made", None),
        ],
    )
    def test_before_the_captions_are_there_the_recording_can_be_watched(
        self, desk: CheckingClient, interview: Interview, heard: StageState | None, words: str, every: str | None
    ) -> None:
        answer = make_answer(sent_attempt(interview))
        set_stages(answer.take_id, StageState.DONE, heard)
        add_media(answer.take_id)
        page = desk.page(f"/review/answers/{answer.id}")
        assert words in text_of(page)
        assert page.video["src"] == f"/media/{answer.take_id}"
        assert page.select_one("#watch").get("data-hx-get") is None
        assert page.select_one("#transcript").get("data-hx-trigger") == every

    def test_asking_stops_because_the_finished_part_does_not_ask(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        answer = make_captioned_answer("We sailed out", attempt=sent_attempt(interview))
        part = desk.page(f"/review/answers/{answer.id}", headers=HTMX)
        assert part.html is None
        assert not part.select("[data-hx-trigger]")
        assert part.select_one("#transcript")["data-captions"] == f"/captions/{answer.take_id}.vtt"
        assert [said["data-say"] for said in part.select("[data-say]")] == ["Captions are ready."]

    def test_one_address_gives_the_page_and_its_part(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("We sailed out", attempt=sent_attempt(interview))
        assert desk.get(f"/review/answers/{answer.id}").headers["Vary"].split(", ").count("HX-Request") == 1
        restored = desk.get(
            f"/review/answers/{answer.id}", headers={**HTMX, "HX-History-Restore-Request": "true"}, check=False
        )
        assert b"<html" in restored.data

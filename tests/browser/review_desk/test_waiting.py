"""The page of an answer in preparation: recording and captions appear without disturbing the reviewer."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.captions.models import TrackKind
from app.captions.services import add_track
from app.interviews.models import Attempt
from app.recording.models import StageState
from app.review.search.services import index_track
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer, set_stages
from tests.browser.review_desk.desk import focused, opened, spoken_cues, time_of
from tests.factories import NOON


class TestWaiting:
    def test_new_captions_do_not_interrupt_the_player(self, page: Page, attempt: Attempt, recording: Path) -> None:
        answer = make_answer(attempt)
        assert answer.take_id
        set_stages(answer.take_id, StageState.DONE, StageState.RUNNING)
        add_media(answer.take_id, recording)
        opened(page, answer)
        page.evaluate(
            "document.getElementById('recording').currentTime = 12; document.getElementById('recording').seen = 1"
        )
        page.get_by_role("button", name="Back 10 s").focus()
        with transaction() as session:
            track = add_track(session, answer.take_id, TrackKind.AUTOMATIC, spoken_cues(), language="en", now=NOON)
            index_track(session, track.id)
        expect(page.locator(".cue__button").first).to_be_visible()
        expect(page.locator("#status")).to_have_text("Captions are ready.")
        assert focused(page) == "Back 10 s"
        assert page.evaluate("document.getElementById('recording').seen") == 1
        assert time_of(page) == pytest.approx(12, abs=0.1)
        expect(page.get_by_role("button", name="Captions", exact=True)).to_have_attribute("aria-pressed", "true")
        expect(page.locator("[aria-current=true].cue__button")).to_have_count(1)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_timeout(4000)
        assert not [address for address in asked if "/review/" in address]

    def test_a_recording_arrives_with_its_player(self, page: Page, attempt: Attempt, recording: Path) -> None:
        answer = make_answer(attempt)
        assert answer.take_id
        set_stages(answer.take_id, StageState.RUNNING)
        page.goto(f"/review/answers/{answer.id}")
        expect(page.get_by_role("heading", name="The recording is being prepared")).to_be_visible()
        add_media(answer.take_id, recording)
        set_stages(answer.take_id, StageState.DONE, StageState.RUNNING)
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()

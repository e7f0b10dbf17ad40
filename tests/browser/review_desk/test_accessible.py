"""The checkers find no problems in any state of the reviewer's pages, wide or narrow, and nothing covers the focused
element.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.accounts.models import StaffUser
from app.interviews.models import Attempt, Interview
from app.recording.models import Answer, StageState
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer, set_stages
from tests.browser.checkers import problems_of
from tests.browser.review_desk.desk import NARROW, WIDE, opened
from tests.factories import NOON, make_attempt, make_interview


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1280", "320"])
class TestAccessible:
    @pytest.fixture(autouse=True)
    def _size(self, page: Page, viewport: dict[str, int]) -> None:
        page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})

    def check(self, page: Page) -> None:
        assert problems_of(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def test_lists(self, page: Page, answer: Answer, interview: Interview, attempt: Attempt) -> None:
        make_answer(attempt, interview.questions[1], text="In writing.")
        waiting = make_answer(make_attempt(interview, submitted_at=NOON))
        set_stages(str(waiting.take_id), StageState.DONE, StageState.WAITING_FOR_MODEL)
        for address in ("/review/", f"/review/interviews/{interview.id}"):
            page.goto(address)
            self.check(page)

    def test_empty_lists(self, page: Page, reviewer: StaffUser) -> None:
        page.goto("/review/")
        self.check(page)
        empty = make_interview(reviewers=[reviewer])
        page.goto(f"/review/interviews/{empty.id}")
        self.check(page)

    def test_a_player_with_its_settings_open(self, page: Page, answer: Answer) -> None:
        opened(page, answer)
        page.locator("#player-settings summary").press("Enter")
        self.check(page)
        page.locator("#key-back").fill("l")
        self.check(page)

    @pytest.mark.parametrize("watch", ["sound", "text"])
    def test_a_slow_line(self, page: Page, answer: Answer, watch: str) -> None:
        page.goto(f"/review/answers/{answer.id}?watch={watch}")
        self.check(page)

    def test_blind_review(self, page: Page, answer: Answer, interview: Interview) -> None:
        with transaction() as session:
            session.get_one(Interview, interview.id).blind = "text"
        for address in (f"/review/answers/{answer.id}", f"/review/interviews/{interview.id}"):
            page.goto(address)
            self.check(page)

    def test_an_answer_in_every_colour_scheme(self, page: Page, answer: Answer) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            opened(page, answer, "?t=5000&q=volunteers")
            expect(page.locator("[aria-current=true].cue__button")).to_have_count(1)
            self.check(page)
        page.emulate_media(forced_colors="active")
        self.check(page)

    @pytest.mark.parametrize(
        "stages",
        [
            (),
            (StageState.RUNNING,),
            (StageState.FAILED,),
            (StageState.DONE, StageState.RUNNING),
            (StageState.DONE, StageState.WAITING_FOR_MODEL),
            (StageState.DONE, StageState.FAILED),
        ],
        ids=["arriving", "preparing", "broken", "captions", "model", "no captions"],
    )
    def test_every_state_of_an_answer_in_preparation(
        self, page: Page, attempt: Attempt, recording: Path, stages: tuple[StageState, ...]
    ) -> None:
        answer = make_answer(attempt)
        assert answer.take_id
        if stages:
            set_stages(answer.take_id, *stages)
        if stages[:1] == (StageState.DONE,):
            add_media(answer.take_id, recording)
        page.goto(f"/review/answers/{answer.id}")
        self.check(page)

    def test_writing_and_search(self, page: Page, answer: Answer, interview: Interview, attempt: Attempt) -> None:
        written = make_answer(attempt, interview.questions[1], text="I would ask the people.\n\nThen I would listen.")
        page.goto(f"/review/answers/{written.id}?q=people")
        self.check(page)
        for typed in ("people", "nothingofthesort", "-people", ""):
            page.goto(f"/review/interviews/{interview.id}/search?q={typed}")
            self.check(page)


def test_nothing_covers_what_has_the_focus_on_a_very_small_screen(page: Page, answer: Answer) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    opened(page, answer, "?t=5000")
    for name in ("Play", "Captions"):
        button = page.get_by_role("button", name=name, exact=True)
        button.focus()
        box = button.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 256

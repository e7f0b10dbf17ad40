"""Accessibility of the question page, practice and the device check in every state, and their size."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Response, expect

from app.interviews.models import Attempt
from tests.browser.checkers import problems_of
from tests.browser.question_page.steps import (
    address,
    phase,
    record,
    sound_only,
)
from tests.browser.recorder_page import press_again
from tests.browser.trees import tree_problems

WIDTHS = [1280, 320]


@pytest.mark.trees
@pytest.mark.parametrize("width", WIDTHS)
def test_no_checker_finds_anything_in_any_state_of_the_recorder(page: Page, attempt: Attempt, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address(attempt))
    expect(page.locator("#record")).to_be_visible()
    found: dict[str, list[str]] = {}

    def check(state: str, tree: str | None = None) -> None:
        found[state] = problems_of(page)
        found[state] += tree_problems(page, tree, is_loose=True) if tree and width == WIDTHS[0] else []

    check("idle")
    page.locator("#record").press("Enter")
    phase(page, "countdown")
    check("countdown")
    phase(page, "recording")
    check("recording", "recording.question_page.recording")
    page.locator("#pause").press("Enter")
    phase(page, "paused")
    check("paused", "recording.question_page.paused")
    page.locator("#record").press("Enter")
    phase(page, "review")
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
    expect(page.locator("#takes article")).to_have_count(1)
    check("review", "recording.question_page.recorded")
    press_again(page)
    page.get_by_role("button", name="Record again").press("Enter")
    phase(page, "recording")
    page.wait_for_timeout(1700)
    page.evaluate("watch.recorders[1].stream.getTracks()[0].dispatchEvent(new Event('ended'))")
    phase(page, "offered")
    expect(page.locator("#takes article")).to_have_count(2)
    check("offered", "recording.question_page.offered")
    page.evaluate(
        "MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')); 0"
    )
    page.locator("#record").press("Enter")
    expect(page.locator("#problem")).to_be_focused()
    check("refused", "recording.question_page.refused")
    assert {state: problems for state, problems in found.items() if problems} == {}


@pytest.mark.trees
def test_no_checker_finds_anything_when_an_upload_fails(page: Page, attempt: Attempt) -> None:
    page.route("**/uploads/**", lambda route: route.abort())
    page.goto(address(attempt))
    sound_only(page)
    record(page)
    said = page.locator("[data-upload-text]")
    expect(said).to_contain_text("The connection is down. 0% of your recording has arrived")
    found = problems_of(page) + tree_problems(page, "recording.question_page.waiting", is_loose=True)
    page.unroute_all()
    page.route("**/uploads/**", lambda route: route.fulfill(status=403, body=""))
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(said).to_contain_text("The upload was refused. 0% of your recording has arrived")
    found += problems_of(page) + tree_problems(page, "recording.question_page.failed", is_loose=True)
    assert found == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/interview/practice", "/interview/device-check"])
def test_no_checker_finds_anything_in_practice_and_device_check(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    if path.endswith("check"):
        expect(page.locator("#connection-text")).to_contain_text("Your connection")
        page.get_by_role("button", name="Turn on camera and microphone").press("Enter")
        expect(page.locator("#level-text")).to_have_text("We can hear you.")
    assert problems_of(page) == []


@pytest.mark.parametrize("path", ["question", "/interview/practice", "/interview/device-check"])
def test_a_page_is_under_60_kb_over_the_wire_on_a_cold_cache(page: Page, attempt: Attempt, path: str) -> None:
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    page.goto(address(attempt) if path == "question" else path)
    expect(page.locator("#record, #turn-on")).to_be_visible()  # every script has run
    sizes = [one.request.sizes() for one in responses]
    assert 4 < len(sizes) < 10
    assert sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes) < 60_000

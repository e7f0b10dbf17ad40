"""A voice that is heard from the first moment of an answer, and then pauses, may be a screen reader's."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.recorder.test_countdown import MICROPHONE
from tests.browser.recorder_page import heard, record_for, start, stop
from tests.browser.recorder_server import RecorderServer


@pytest.mark.parametrize(
    ("loud", "is_offered"),
    [("time < 700", True), ("time > 1500", False), ("true", False)],
    ids=["an announcement", "an answer that begins later", "an answer that begins at once"],
)
def test_voice_at_the_very_start_is_told_after_stop_with_the_way_to_cut_it(
    page: Page, server: RecorderServer, loud: str, is_offered: bool
) -> None:
    page.add_init_script(MICROPHONE)
    page.goto("/question")
    page.evaluate(
        f"""window.loud = () => {{
            const time = watch.isCapturing ? performance.now() - watch.windows.at(-1)[0] : 1e9;
            return watch.isCapturing && ({loud}) ? 0.1 : 0;
        }}"""
    )
    start(page)
    record_for(page, 4000)
    stop(page)
    heard(page, "Something was heard in the first second." if is_offered else "Recording stopped.")
    assert page.locator("#early").is_visible() == is_offered
    name = "Listen to it, and cut it if you like" if is_offered else "Cut the beginning"
    page.get_by_role("button", name=name, exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cut the beginning")

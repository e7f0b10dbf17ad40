"""Keyboard-only use of a page: move to a control with Tab, and press a key on it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

MAX_TABS = 60


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until the element has the focus."""
    expect(wanted).to_be_visible()
    for _tab in range(MAX_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"The keyboard does not reach {wanted}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Move to a control with Tab and press a key on it."""
    reach(page, wanted)
    page.keyboard.press(key)


def choose(page: Page, group: str, name: str) -> None:
    """Move to a group of radio buttons with Tab, then to one of the buttons with the arrow keys."""
    wanted = page.get_by_role("group", name=group).get_by_role("radio", name=name)
    reach(page, page.get_by_role("group", name=group).get_by_role("radio", checked=True))
    for _arrow in range(MAX_TABS):
        if wanted.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"The arrows do not reach {name}")

"""A person who uses Orca: they press keys on the desktop's keyboard and rely on Orca's words."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page

from tests.screenreader.desktop import Reader, wait_until

NAME = """() => {
  const one = document.activeElement;
  const shown = (one.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent);
  const said = shown.join(' ').trim() || one.getAttribute('aria-label') || (one.labels?.[0] ?? one).innerText;
  return said.replace(/\\s+/g, ' ').trim();
}"""
ENOUGH = 15
"""Number of characters of a name that Orca must say without a break. After them Orca may insert other words."""
ECHO = ("tab", "return", "space")


class Person:
    """A user who presses keys and hears Orca, but does not see the page."""

    def __init__(self, page: Page, reader: Reader) -> None:
        self.page, self.reader = page, reader
        self.hear = reader.hear

    def open(self, address: str) -> None:
        """Type an address into the address bar. Afterwards the focus is in the page, which may have another address."""
        before = self.page.url
        self.reader.press("ctrl+l")
        self.reader.type(address)
        self.reader.press("Return")
        self.page.wait_for_url(lambda url: url != before)

    def tab_to(self, name: str) -> None:
        """Press Tab until the element with this name has the focus.

        Orca must announce every element that gets the focus on the way.
        """
        for _ in range(60):
            self._tab()
            if self.page.evaluate(NAME).startswith(name):
                return
        raise AssertionError(f"Tab does not reach {name!r}")

    def press(self, name: str, key: str = "Return") -> None:
        """Move to a control with Tab and press a key on it."""
        self.tab_to(name)
        self.reader.press(key)

    def _tab(self) -> None:
        before = self.page.evaluate_handle("document.activeElement")
        self.reader.press("Tab")
        wait_until(lambda: self._has_moved(before), lambda: f"{self.page.evaluate(NAME)!r} not in {self.reader.new()}")

    def _has_moved(self, before: Any) -> bool:
        """Return whether the focus has moved and Orca has announced the new element.

        Inside a player, the page cannot see which control has the focus, so any words of Orca count.
        """
        said = [words for words in self.reader.new() if words not in ECHO]
        if self.page.evaluate("old => document.activeElement === old", before):
            return bool(said) and bool(self.page.evaluate("document.activeElement.matches('video, audio')"))
        name = re.escape(self.page.evaluate(NAME)[:ENOUGH])
        return bool(name) and any(re.search(name, words) for words in said)

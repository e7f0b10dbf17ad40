"""Somebody who reads with Orca: presses keys of the desktop's keyboard, and goes by what is said."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page

from tests.screenreader.desktop import Reader, wait_until

NAME = """() => {
  const one = document.activeElement;
  const shown = (one.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent);
  const said = shown.join(' ').trim() || one.getAttribute('aria-label') || (one.labels?.[0] ?? one).textContent;
  return said.replace(/\\s+/g, ' ').trim();
}"""
ENOUGH = 15
"""Characters of a name that must have been said: after them a reader may put words of its own between."""
ECHO = ("tab", "return", "space")


class Person:
    """A keyboard, ears, and no eyes."""

    def __init__(self, page: Page, reader: Reader) -> None:
        self.page, self.reader = page, reader
        self.hear = reader.hear

    def open(self, address: str) -> None:
        """Type an address where browsers have it; the focus is in the page afterwards."""
        self.reader.press("ctrl+l")
        self.reader.type(address)
        self.reader.press("Return")
        self.page.wait_for_url(address)

    def tab_to(self, name: str) -> None:
        """Press Tab until something with this name was said to have the focus; all that gets it on the way is said too."""
        for _ in range(60):
            self._tab()
            if self.page.evaluate(NAME).startswith(name):
                return
        raise AssertionError(f"Tab does not reach {name!r}")

    def press(self, name: str, key: str = "Return") -> None:
        """Go to a control and press it."""
        self.tab_to(name)
        self.reader.press(key)

    def _tab(self) -> None:
        before = self.page.evaluate_handle("document.activeElement")
        self.reader.press("Tab")
        wait_until(lambda: self._has_moved(before), lambda: f"{self.page.evaluate(NAME)!r} not in {self.reader.new()}")

    def _has_moved(self, before: Any) -> bool:
        """Whether the focus is somewhere else, and that was said. Within a player only the browser knows where it is."""
        said = [words for words in self.reader.new() if words not in ECHO]
        if self.page.evaluate("old => document.activeElement === old", before):
            return bool(said) and bool(self.page.evaluate("document.activeElement.matches('video, audio')"))
        name = re.escape(self.page.evaluate(NAME)[:ENOUGH])
        return bool(name) and any(re.search(name, words) for words in said)

"""Tabs in which an error fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page


@contextmanager
def without_errors(tab: Page) -> Iterator[Page]:
    """Yield a tab. At the end, fail if a script raised an error or a page violated its content security policy."""
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    yield tab
    assert wrong == []

"""The approved accessibility trees: what each page tells a screen reader, kept in trees/ so that a change shows in review.

A tree is Playwright's snapshot of roles, names and states, and after it what that leaves out: descriptions, live regions,
languages. Whatever differs from run to run is replaced. `make trees` writes them anew, to be read before they are committed.
"""

from __future__ import annotations

import os
import re
import time
from difflib import unified_diff
from pathlib import Path

from playwright.sync_api import Page

TREES = Path(__file__).with_name("trees")
APPROVES = "FAIRTAKE_APPROVE_TREES"
"""In the environment: what is found is written down as approved, and not compared."""
SOMEWHERE = {"timezone_id": "UTC", "locale": "en-GB"}
"""Of the browser's context: the pages say times where the person is, too."""
TOLD_BESIDES = """() => {
  const isSeen = (one) => one.checkVisibility({ visibilityProperty: true });
  const words = (text) => text.trim().replace(/\\s+/g, ' ');
  const of = (one) => [one.localName, one.type, one.id || one.name].filter((part) => typeof part === 'string' && part).join(' ');
  const found = [];
  for (const one of document.querySelectorAll('[aria-describedby], [aria-live], [lang]:not(html)')) {
    if (!isSeen(one)) continue;
    const hints = (one.getAttribute('aria-describedby') ?? '').split(/\\s+/).filter(Boolean);
    for (const id of hints) found.push(`${of(one)} is described: ${words(document.getElementById(id)?.textContent ?? 'NOTHING')}`);
    if (one.ariaLive) found.push(`${of(one)} is live: ${one.ariaLive}`);
    if (one.lang) found.push(`${of(one)} is in the language ${one.lang}`);
  }
  return [`page is in the language ${document.documentElement.lang}`, `page is titled: ${document.title}`, ...found];
}"""
RANDOM = (
    (re.compile(r"(?<![a-z\d])[a-z2-7]{26}(?![a-z\d])"), "ID"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"(?<=/i/)[\w-]{43}"), "TOKEN"),
    (re.compile(r"127\.0\.0\.1:\d+"), "HOST"),
    (re.compile(r"(?<= / )\d+:\d\d$", re.MULTILINE), "LENGTH"),
    (re.compile(r"^- status(: .*)?\n", re.MULTILINE), ""),
    (re.compile(r'(?:^ *- option "[\w/+ -]*"\n){20,}', re.MULTILINE), "      - option MANY\n"),
)
"""Identifiers, the server's port, the length of a recording as the browser or else the server knows it, the page's live
region, which is hidden until there is something to announce, and the world's time zones.
"""
LOOSE = (
    (re.compile(r"(?<=\b[Pp]erson )\d+|(?<=\b[Cc]andidate )\d+"), "N"),
    (re.compile(r"\b(\d+:)?\d+:\d\d\b"), "TIME"),
    (re.compile(r"(?<![\d.])\d+ (seconds?|minutes?)( and \d+ seconds?)?\b"), "LENGTH"),
)
"""What depends on how long a test recorded, and on how many people there were before."""
PATIENCE_S = 40


def told(page: Page, *, is_loose: bool) -> str:
    """Return what the page tells a screen reader as it stands, with whatever differs from run to run replaced."""
    lines = [page.locator("body").aria_snapshot(), *(f"# {line}" for line in page.evaluate(TOLD_BESIDES))]
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    for pattern, placeholder in RANDOM + (LOOSE if is_loose else ()):
        text = pattern.sub(placeholder, text)
    return text


def settled(page: Page, approved: str | None, *, is_loose: bool) -> str:
    """Return what is told once it is what is approved; if that never comes, or nothing is, once it stays the same."""
    before, until = "", time.monotonic() + PATIENCE_S
    while (found := told(page, is_loose=is_loose)) != approved:
        if time.monotonic() > until or (approved is None and found == before):
            break
        before = found
        page.wait_for_timeout(500)
    return found


def tree_problems(page: Page, name: str, *, is_loose: bool = False) -> list[str]:
    """Compare the page with its approved tree; return what differs as a diff, or nothing.

    `is_loose`: the state is one of a test of its own, so lengths of recordings and numbers of people are replaced too.
    """
    path = TREES / f"{name}.yml"
    if os.environ.get(APPROVES):
        page.wait_for_load_state("networkidle")
        path.write_text(settled(page, None, is_loose=is_loose), encoding="utf-8")
        return []
    approved = path.read_text(encoding="utf-8") if path.exists() else ""
    found = settled(page, approved, is_loose=is_loose)
    if found == approved:
        return []
    lines = unified_diff(approved.splitlines(), found.splitlines(), f"approved: {path.name}", "now", lineterm="")
    return ["\n".join([*lines, "If it should be so: `make trees`, and commit what that changes."])]

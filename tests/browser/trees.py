"""The approved accessibility trees: what each page exposes to a screen reader, stored in trees/ so that reviews show
changes.

A tree is Playwright's snapshot of roles, names and states, followed by details that the snapshot leaves out:
descriptions, live regions, languages. Parts that differ from run to run are replaced. `make trees` writes all trees
again; read the changes before you commit them.
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
"""The environment variable that makes tests store the current trees as approved, instead of comparing them."""
SOMEWHERE = {"timezone_id": "UTC", "locale": "en-GB"}
"""Browser context settings with a fixed time zone and language, because pages show times in the person's time zone."""
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
"""Parts that differ between runs, with their replacements.

They are ids, hashes, link tokens, the server's port, lengths of recordings, the page's live region (hidden while it is
empty), and the names of time zones.
"""
LOOSE = (
    (re.compile(r"(?<=\b[Pp]erson )\d+|(?<=\b[Cc]andidate )\d+"), "N"),
    (re.compile(r"\b(\d+:)?\d+:\d\d\b"), "TIME"),
    (re.compile(r"(?<![\d.])\d+ (seconds?|minutes?)( and \d+ seconds?)?\b"), "LENGTH"),
)
"""Parts of a tree that differ between runs, such as the length of a recording, with their replacements."""
PATIENCE_S = 40


def told(page: Page, *, is_loose: bool) -> str:
    """Return the current tree of the page, with parts that differ from run to run replaced."""
    lines = [page.locator("body").aria_snapshot(), *(f"# {line}" for line in page.evaluate(TOLD_BESIDES))]
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    for pattern, placeholder in RANDOM + (LOOSE if is_loose else ()):
        text = pattern.sub(placeholder, text)
    return text


def settled(page: Page, approved: str | None, *, is_loose: bool) -> str:
    """Return the tree once it equals the approved one, or after PATIENCE_S seconds.

    If no tree is approved, wait until the tree no longer changes.
    """
    before, until = "", time.monotonic() + PATIENCE_S
    while (found := told(page, is_loose=is_loose)) != approved:
        if time.monotonic() > until or (approved is None and found == before):
            break
        before = found
        page.wait_for_timeout(500)
    return found


def tree_problems(page: Page, name: str, *, is_loose: bool = False) -> list[str]:
    """Compare the page with its approved tree. Return a list with the diff, or [] if they are equal.

    `is_loose` also replaces lengths of recordings and numbers of people, for page states that a test reaches by
    recording.
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

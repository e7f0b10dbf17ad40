"""The way of a candidate who needs nothing special, from the invitation to the receipt of three questions, has a limit.
The following are counted: - page views: documents that the browser shows, the invitation and the receipt included. A
redirect is not a view. - presses: activations of a button or link. Moving there, by Tab or by hand, and the time to
read and speak do not count. - words: what the header, the main part and the footer of each page show when the page
has been loaded (`innerText`). Words that appear later, such as those of the controls while recording, do not count.
Of a closed list, only the chosen option counts. The questions are short and there is no introduction, because the
organisation writes these words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.transaction import transaction
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import CLIP, LONG_MS, phase
from tests.factories import NOON, make_interview, make_invitation, make_question_row

SHOWN = """() => {
  const parts = [...document.querySelectorAll('body > :is(header, main, footer)')].map((part) => part.innerText);
  let text = parts.join(' ').replace(/\\s+/g, ' ');
  for (const select of document.querySelectorAll('select')) {
    const options = select.innerText.replace(/\\s+/g, ' ').trim();
    if (options) text = text.replace(options, select.selectedOptions[0].text);
  }
  return text;
}"""


class Way:
    """A candidate's way through the interview. Counts page views, presses and words. `pages` has the words of each
    page, for failure messages.
    """

    def __init__(self, page: Page):
        self.page, self.presses = page, 0
        self.pages: list[tuple[str, int]] = []

    def arrive(self, heading: str) -> None:
        """Wait for the next page, and count it with its words."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(re.compile(heading))
        self.page.wait_for_load_state("load")
        words = [word for word in str(self.page.evaluate(SHOWN)).split() if re.search(r"\w", word)]
        self.pages.append((self.page.title(), len(words)))

    def press(self, role: Any, name: str) -> None:
        """Press a control by key. `name` is the beginning of its accessible name."""
        self.presses += 1
        self.page.get_by_role(role, name=re.compile(f"^{re.escape(name)}")).first.press("Enter")

    @property
    def words(self) -> int:
        return sum(words for _title, words in self.pages)


@pytest.fixture
def page(launch: Callable[..., Browser], live_server: LiveServer) -> Iterator[Page]:
    with launch(CLIP).new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 800}, permissions=["camera", "microphone"]
    ) as context:
        context.set_default_timeout(LONG_MS)
        yield context.new_page()


def interview_of(app: Flask, **limits: int | None) -> Interview:
    """Make a typical interview, with three questions and a deadline."""
    made = make_interview(questions=0, deadline_at=NOON.replace(year=2126))
    with transaction() as session:
        rows = session.merge(made).questions
        rows.extend(make_question_row(number, **limits) for number in (1, 2, 3))
    return made


def go(way: Way, link: str) -> None:
    """Go from the invitation to the receipt, and check that all documents were counted."""
    seen: list[str] = []
    way.page.on("domcontentloaded", lambda shown: seen.append(shown.url))
    way.page.goto(link)
    way.arrive("Harbour guide")
    way.press("button", "I agree")
    way.arrive("Your questions")
    for number in (1, 2, 3):
        if "/questions/" not in way.page.url:
            way.press("link", f"Go to question {number}")
        expect(way.page.get_by_role("button", name="Start recording")).to_be_visible()
        way.arrive(f"Question {number} of 3")
        way.press("button", "Start recording")
        phase(way.page, "recording")
        way.page.wait_for_timeout(1500)
        way.press("button", "Stop recording")
        phase(way.page, "review")
        expect(way.page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
        way.press("button", "Keep this answer")
        if "/questions/" not in way.page.url or number == 3:
            expect(way.page).not_to_have_url(re.compile("/questions/"))
        expect(way.page.locator("main .notice--success")).to_contain_text(f"is your answer to question {number}")
        if "/questions/" not in way.page.url:
            way.arrive("Your questions" if number < 3 else "Check your answers")
    way.press("button", "Send my answers")
    way.arrive("Your answers have been sent")
    assert len(seen) == len(way.pages), seen
    db.session.rollback()
    assert db.session.query(Attempt).one().submitted_at is not None


def test_three_questions_take_few_pages_presses_and_words(app: Flask, page: Page) -> None:
    way = Way(page)
    go(way, f"/i/{make_invitation(interview_of(app, thinking_seconds=0))[1]}")
    assert len(way.pages) <= 8, way.pages
    assert way.presses <= 12
    assert way.words <= 900, way.pages


def test_time_to_think_costs_one_press_for_each_further_question(app: Flask, page: Page) -> None:
    """Thinking time never starts by itself, so the list of questions is shown before each of these questions."""
    way = Way(page)
    go(way, f"/i/{make_invitation(interview_of(app, thinking_seconds=60))[1]}")
    assert len(way.pages) <= 9, way.pages
    assert way.presses <= 14
    assert way.words <= 1350, way.pages

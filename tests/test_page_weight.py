"""Every candidate page, with all files that it loads, is small on a first visit, in every language."""

from __future__ import annotations

import json
import re
from urllib.parse import urljoin

import brotli
import pytest
from bs4 import BeautifulSoup
from flask import url_for
from werkzeug.test import TestResponse

from app.i18n import LANGUAGES
from app.recording.models import Answer
from app.transaction import transaction
from tests.factories import NOON, enter, make_attempt, make_interview, make_invitation, make_take
from tests.page_check import CheckingClient

MAX_BYTES = 30_000
WAITING_SCRIPT = "/recorded_answer.js"
"""The part of a question page that waits until the person does something (tests/browser/recorder/test_loading.py)."""
MAX_WAITING_BYTES = 10_500
MAX_REQUESTS = 8
IMPORTS = re.compile(r"""(?:\bimport\b|\bfrom\b|\bnew URL\()\s*\(?\s*["'](\.{1,2}/[^"']+)["']""")
LINKED = "script[src], link[rel~=stylesheet], link[rel~=icon], link[rel~=modulepreload], img[src]"
WITH_CONSENT = ["/interview/preferences", "/interview/", "/interview/consent", "/interview/help"]


@pytest.fixture(params=LANGUAGES)
def client(client: CheckingClient, request: pytest.FixtureRequest) -> CheckingClient:
    """A browser that prefers one of the languages."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = request.param
    return client


class Visit:
    """A browser's first visit: it fetches a page and all files that the page loads, once, and counts the bytes."""

    def __init__(self, client: CheckingClient):
        self.client = client
        self.sizes: dict[str, int] = {}

    def fetch(self, address: str) -> None:
        """Fetch one address and everything that it loads."""
        if address in self.sizes:
            return
        answer = self.client.get(address, headers={"Accept-Encoding": "br, gzip"}, check=False)
        assert answer.status_code == 200, address
        self.sizes[address] = len(answer.data) + len(str(answer.headers))
        for linked in self._linked(answer):
            if not linked.endswith(WAITING_SCRIPT.strip("/")):
                self.fetch(urljoin(address, linked))

    def _linked(self, answer: TestResponse) -> list[str]:
        body = brotli.decompress(answer.data) if answer.content_encoding == "br" else answer.data
        if answer.mimetype == "text/html":
            soup = BeautifulSoup(body, "html.parser")
            linked = [str(tag.get("src") or tag.get("href")) for tag in soup.select(LINKED)]
            data = soup.find(id="recorder-data")
            sentences = json.loads(data.text)["urls"].get("sentences") if data else None
            return [*(each for each in linked if not each.startswith("data:")), *([sentences] if sentences else [])]
        return IMPORTS.findall(body.decode()) if "javascript" in answer.mimetype else []

    @property
    def total(self) -> int:
        return sum(self.sizes.values())


def weigh(client: CheckingClient, address: str) -> Visit:
    visit = Visit(client)
    visit.fetch(address)
    assert any(each.endswith(".css") for each in visit.sizes)
    assert visit.total < MAX_BYTES, f"{visit.total} bytes: {sorted(visit.sizes.items(), key=lambda item: -item[1])}"
    assert len(visit.sizes) <= MAX_REQUESTS
    return visit


def test_invitation_page_is_small(client: CheckingClient) -> None:
    interview = make_interview(introduction="A long introduction. " * 100, deadline_at=NOON.replace(year=2126))
    weigh(client, f"/i/{make_invitation(interview)[1]}")


def test_htmx_is_loaded_and_counted_only_on_pages_that_use_it(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    written = weigh(client, f"/interview/questions/{attempt.interview.questions[0].id}/written")
    assert any("htmx" in each for each in written.sizes)
    assert not any("htmx" in each for each in weigh(client, "/interview/").sizes)


@pytest.mark.parametrize("address", [*WITH_CONSENT, "/interview/device-check", "/interview/practice"])
def test_page_of_the_journey_is_small(client: CheckingClient, address: str) -> None:
    enter(client, make_attempt(make_interview(questions=10)))
    weigh(client, address)


def test_question_page_is_small_and_has_a_script_of_two_parts(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    address = f"/interview/questions/{attempt.interview.questions[0].id}"
    visit = weigh(client, address)
    assert [each.rsplit("/", 1)[-1] for each in visit.sizes if each.endswith(".js")] == ["recorder.js", "later.js"]
    weigh(client, f"{address}/file")


def test_pages_for_declining_leaving_and_the_receipt_are_small(client: CheckingClient) -> None:
    enter(client, make_attempt(declined_at=NOON, consent_version=None))
    weigh(client, "/interview/declined")
    weigh(client, "/interview/left")
    sent = make_attempt(submitted_at=NOON, receipt="BCDF-GHJK-MNPQ")
    take = make_take(sent, stopped_at=NOON, complete_at=NOON)
    with transaction() as session:
        session.add(Answer(attempt_id=sent.id, question_id=take.question_id, take_id=take.id, chosen_at=NOON))
    enter(client, sent)
    weigh(client, "/interview/receipt")


def test_what_waits_until_the_person_does_something_is_small(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    page = client.get(f"/interview/questions/{attempt.interview.questions[0].id}")
    data = BeautifulSoup(page.data, "html.parser").find(id="recorder-data")
    assert data
    visit = Visit(client)
    visit.fetch(json.loads(data.text)["urls"]["upload_sentences"])
    with client.application.test_request_context():
        visit.fetch(url_for("static", filename="built" + WAITING_SCRIPT))
    waiting = sum(size for each, size in visit.sizes.items() if not each.endswith(("/recorder.js", "/later.js")))
    assert waiting < MAX_WAITING_BYTES, visit.sizes


def test_imports_are_found_in_every_way_that_they_are_written() -> None:
    script = 'import { a } from "./a.js";\nimport "./b.js";\nexport { c } from \'../c.js\';\nawait import("./d.js"); new URL("./e.js", x)'
    assert IMPORTS.findall(script) == ["./a.js", "./b.js", "../c.js", "./d.js", "./e.js"]

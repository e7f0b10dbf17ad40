"""A minute of speech arrives completely at 64 kbit/s, with 30 % of requests lost and an outage of half a minute."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.extensions import db
from app.recording.models import Take
from app.storage import get_storage
from tests.browser.bad_line import BadLine
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import CLIP, WATCH, changes_while_capturing, phase, record_for, start, stop
from tests.factories import make_attempt, make_interview

pytestmark = pytest.mark.timeout(300)
MINUTE_MS, AWAY_MS = 60_000, 30_000


@pytest.fixture
def line(live_server: LiveServer) -> Iterator[BadLine]:
    """A connection of 64 kbit/s to the real server."""
    line = BadLine(live_server.url, bits_per_second=64_000)
    yield line
    line.close()


@pytest.fixture
def page(launch: Callable[..., Browser], line: BadLine, live_server: LiveServer) -> Iterator[Page]:
    """The question page of a candidate who has consented, over that connection."""
    attempt = make_attempt(make_interview(questions=1))
    with launch(CLIP).new_context(base_url=line.url, permissions=["microphone"]) as context:
        live_server.sign(context, attempt=attempt.id)
        context.add_init_script(path=WATCH)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.goto(f"/interview/questions/{attempt.interview.questions[0].id}")
        yield page


def test_minute_over_a_bad_connection_arrives_completely(page: Page, line: BadLine) -> None:
    page.get_by_role("radio", name="Sound only").press("Space")
    start(page)
    line.loss = 0.3
    record_for(page, MINUTE_MS // 4)
    line.is_cut = True
    record_for(page, MINUTE_MS // 4 + AWAY_MS)
    line.is_cut = False
    record_for(page, MINUTE_MS + 500)
    stop(page)
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.", timeout=120_000)
    db.session.rollback()
    take = db.session.query(Take).one()
    assert take.complete_at is not None
    assert take.is_whole
    assert take.recorded_ms is not None
    assert take.recorded_ms >= MINUTE_MS
    (upload,) = take.uploads
    kept = b"".join(b"".join(get_storage().stream(part.key)) for part in upload.parts)
    assert hashlib.sha256(kept).hexdigest() == page.evaluate("watch.hash(0)")
    assert len(kept) > 100_000
    assert line.lost > 5
    assert changes_while_capturing(page) == []
    phase(page, "review")

"""The invitation link, opened after sending in a browser that still stores a recording that was not sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from app.ids import hash_token
from app.interviews.models import Invitation
from app.transaction import transaction
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.factories import NOON, make_attempt, make_interview, make_take

TOKEN = "a-token-of-a-test-that-nobody-else-has-used"
HELD = """([take, owner]) => new Promise((done) => {
  const opening = indexedDB.open('fairtake-recorder');
  opening.onsuccess = () => {
    const within = opening.result.transaction(['takes', 'parts'], 'readwrite');
    const segment = { session: 's', segment: 1, filetype: 'audio/webm', url: null, bytes: 5, seq: 1, recordedMs: 7000,
                      sent: 0, sentMs: 0, ended: true, done: false };
    const record = { take, owner, question: 'q', position: 1, number: 1, kind: 'audio', limits: {}, segments: [segment],
                     stop: null, touched: Date.now() };
    const bytes = new TextEncoder().encode('hello').buffer;
    within.objectStore('takes').put(record);
    within.objectStore('parts').put({ session: 's', seq: 0, offset: 0, bytes, checksum: '', recordedMs: 7000 });
    within.oncomplete = () => { opening.result.close(); done(); };
  };
})"""


def test_a_recording_that_is_no_answer_is_named_so_and_can_be_downloaded(
    launch: Callable[..., Browser], live_server: LiveServer
) -> None:
    attempt = make_attempt(make_interview(questions=1), submitted_at=NOON, receipt="ABCD-EFGH-JKLM")
    take = make_take(attempt, attempt.interview.questions[0], removed_at=NOON)
    with transaction() as session:
        session.get_one(Invitation, attempt.invitation_id).token_hash = hash_token(TOKEN)
    with launch().new_context(base_url=live_server.url) as context:
        page = context.new_page()
        page.goto(f"/i/{TOKEN}")
        expect(page.locator("main")).to_contain_text("There is nothing more to do.")
        page.wait_for_function("indexedDB.databases().then((all) => all.length)")
        expect(page.locator("#closed")).to_be_hidden()
        page.evaluate(HELD, [take.id, attempt.id])
        page.reload()
        expect(page.locator("#closed")).to_contain_text("7 seconds of it may not have arrived.")
        expect(page.locator("#rest")).to_be_hidden()
        assert problems_of(page) == []
        page.get_by_role("button", name="Show this recording").press("Enter")
        card = page.locator("#held article")
        expect(card).to_contain_text("It is not one of the recordings that you sent")
        expect(page.locator("#coming")).to_be_hidden()
        with page.expect_download() as download:
            card.get_by_role("button", name="Download it to this device").press("Enter")
        assert Path(download.value.path()).read_bytes() == b"hello"
        card.get_by_role("button", name="Delete it from this browser").press("Enter")
        card.get_by_role("button", name="Delete it now").press("Enter")
        expect(card).to_contain_text("The recording was deleted from this browser.")
        page.get_by_role("button", name="Leave").press("Enter")
        page.goto(f"/i/{TOKEN}")
        expect(page.locator("main")).to_contain_text("There is nothing more to do.")
        expect(page.locator("#closed")).to_be_hidden()

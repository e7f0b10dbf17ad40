"""The recorder uploads an hour of video over a connection that is slower than the recording, without filling memory."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.recorder_page import wait_until
from tests.browser.recorder_server import RecorderServer

pytestmark = pytest.mark.timeout(1800)
SLICES = 1200
"""Number of three-second slices in an hour."""
SLICE_BYTES = 131_072
"""Size of three seconds of low-quality video with sound: 350 kbit/s."""
MAX_GROWTH_BYTES = 6 * 1024 * 1024
"""Maximum growth of memory in bytes, about 4 % of the recorded data."""

BEGIN = """async () => {
  const load = (name) => import(`/static/js/recorder/${name}.js`);
  const names = ['answer_sink', 'part_store', 'words'];
  const [{ AnswerSink }, { openStore }, { page }] = await Promise.all(names.map(load));
  const sink = (window.sink = new AnswerSink(page, await openStore()));
  await sink.begin('video', 'video/webm');
  sink.open('video/webm');
  window.slices = 0;
}"""
FEED = """async ({ count, size }) => {
  const bytes = crypto.getRandomValues(new Uint8Array(65536));
  for (let index = 0; index < count; index += 1) {
    window.slices += 1;
    sink.add(new Blob(Array(size / bytes.length).fill(bytes)), window.slices * 3000);
    while (sink.record.segments[0].seq < window.slices) await new Promise((done) => setTimeout(done));
  }
}"""


def memory(session: CDPSession) -> int:
    """Return the bytes that scripts still use after a garbage collection: objects, and buffers outside the heap."""
    session.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = session.send("Runtime.getHeapUsage")
    return int(usage["usedSize"] + usage.get("backingStorageSize", 0))


def test_memory_does_not_grow_with_an_hour_of_video_over_a_slow_connection(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    server.prefer(audio_only=False)
    page.goto("/question")
    expect(page.locator("#record")).to_be_visible()
    session = page.context.new_cdp_session(page)
    server.delay_s = 0.2
    page.evaluate(BEGIN)
    page.evaluate(FEED, {"count": 50, "size": SLICE_BYTES})
    first = memory(session)
    for _ in range(5):
        page.evaluate(FEED, {"count": (SLICES - 50) // 5, "size": SLICE_BYTES})
        assert memory(session) - first < MAX_GROWTH_BYTES
    assert (
        server.uploads[0].size < SLICES * SLICE_BYTES
    )  # proves that the connection was slower than the recorder and did not delay it
    server.delay_s = 0
    page.evaluate("sink.close(3_600_000).then(() => sink.stop('stopped'))")
    wait_until(page, lambda: server.uploads[0].size == SLICES * SLICE_BYTES, seconds=400)
    assert server.most_in_flight == 1
    assert memory(session) - first < MAX_GROWTH_BYTES

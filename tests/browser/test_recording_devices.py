"""The device check: the reason why a camera does not start, as each browser reports it, and the speed of the
connection.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.recorder_page import CLIP, LONG_MS, heard, phase, press_again, record_for, start, stop
from tests.browser.recorder_server import RecorderServer

CHROME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/604.1"
UNKNOWN = "Ladybird/1.0"
LINE = """(() => {
  const now = performance.now.bind(performance), send = window.fetch;
  let passed = 0; // a clock of its own: how busy this machine is plays no part
  performance.now = () => now() + passed;
  window.fetch = async (url, options) => {
    if (!String(url).endsWith('/connection')) return send(url, options);
    passed += (options.body.byteLength * 8) / %d;
    return new Response(null, { status: 204 });
  };
})()"""
FAIL = """MediaDevices.prototype.getUserMedia = async () => { throw new DOMException('', '%s') }"""


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "icon at the left end of the address bar, and open Site settings"),
        (EDGE, "icon at the left end of the address bar, and open Site settings"),
        (FIREFOX, "permissions icon at the left end of the address bar. Remove the block"),
        (SAFARI, "choose Settings for this website"),
        (IPHONE, "choose Settings for this website"),
        (UNKNOWN, "open your browser's settings for this site"),
    ],
)
def test_denied_permission_is_explained_for_the_browser_in_use(
    launch: Callable[..., Browser], server: RecorderServer, agent: str, words: str
) -> None:
    with launch(CLIP).new_context(base_url=server.url, user_agent=agent) as context:
        server.sign_in(context)
        page = context.new_page()
        page.add_init_script(FAIL % "NotAllowedError")
        page.goto("/devices")
        page.locator("#turn-on").press("Enter")
        expect(page.locator("#problem")).to_be_focused()
        expect(page.locator("#problem-title")).to_have_text("This page may not use your camera or microphone")
        expect(page.locator("#problem-text")).to_contain_text(words)


@pytest.mark.parametrize(
    ("error", "title", "advice"),
    [
        ("NotFoundError", "No camera or microphone was found", "Connect a camera and a microphone and try again"),
        (
            "NotReadableError",
            "Your camera or microphone is in use",
            "Close the other program or page and try again, or choose sound only.",
        ),
        ("NotSupportedError", "This browser cannot record", "open this page in a newer browser"),
    ],
)
def test_a_missing_or_busy_device_is_explained_in_the_device_check(
    recording_page: Page, server: RecorderServer, error: str, title: str, advice: str
) -> None:
    page = recording_page
    server.prefer(audio_only=False)
    page.add_init_script(FAIL % error)
    page.route("**/interview/connection", lambda route: route.abort())
    page.goto("/devices")
    expect(page.locator("#connection-text")).to_contain_text("small picture")
    page.get_by_role("button", name="Turn on camera and microphone").press("Enter")
    expect(page.locator("#problem")).to_be_focused()
    expect(page.locator("#problem-title")).to_have_text(title)
    expect(page.locator("#problem-text")).to_contain_text(advice)
    expect(
        page.get_by_role("button", name="Turn on camera and microphone")
    ).to_be_visible()  # so that the person can try again


@pytest.mark.parametrize(
    ("kilobits", "quality", "words"),
    [
        (6000, "video720", "Your connection is fast enough for a large picture."),
        (1500, "video360", "Your connection is fast enough for a small picture, so that was chosen."),
        (200, "audio", "Your connection is slow, so sound only was chosen. You can change this"),
    ],
)
def test_measured_speed_chooses_the_quality_and_is_shown(
    recording_page: Page, server: RecorderServer, kilobits: int, quality: str, words: str
) -> None:
    page = recording_page
    server.prefer(audio_only=False)
    page.add_init_script(LINE % kilobits)
    page.goto("/devices")
    expect(page.locator("#connection-text")).to_contain_text(words, timeout=LONG_MS)
    expect(page.locator("#quality")).to_have_value(quality)
    heard(page, words)


def test_unmeasured_speed_gives_a_small_picture_and_is_shown(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    server.prefer(audio_only=False)
    page.route("**/interview/connection", lambda route: route.abort())
    page.goto("/devices")
    expect(page.locator("#connection-text")).to_have_text(
        "Your connection could not be measured, so a small picture was chosen."
    )
    expect(page.locator("#quality")).to_have_value("video360")


@pytest.mark.parametrize(("quality", "size"), [("video720", (1280, 720)), ("video360", (640, 360))])
def test_recording_has_the_chosen_quality(
    recording_page: Page, server: RecorderServer, quality: str, size: tuple[int, int]
) -> None:
    page = recording_page
    server.prefer(audio_only=False)
    page.add_init_script(f"localStorage.setItem('fairtake-devices', JSON.stringify({{ quality: '{quality}' }}))")
    page.add_init_script("""(() => {
        const open = MediaDevices.prototype.getUserMedia;
        MediaDevices.prototype.getUserMedia = function (wish) { window.wish = wish; return open.call(this, wish) };
    })()""")
    page.goto("/question")
    start(page)
    wish = page.evaluate("[window.wish.video.width.ideal, window.wish.video.height.ideal]")
    assert tuple(wish) == size
    bits = page.evaluate("watch.recorders[0].videoBitsPerSecond")
    assert bits == {"video720": 1_000_000, "video360": 350_000}[quality]
    stop(page)


@pytest.mark.whole_chromium
def test_chosen_camera_and_microphone_record(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    server.prefer(audio_only=False)
    page.goto("/devices")
    page.get_by_role("button", name="Turn on camera and microphone").press("Enter")
    expect(page.locator("#microphone option")).to_have_count(3)
    page.locator("#microphone").select_option(index=2)
    chosen = page.locator("#microphone").input_value()
    expect(page.locator("#microphone")).to_have_value(chosen)
    page.goto("/question")
    start(page)
    tracks = "watch.recorders[0].stream.getAudioTracks()[0].getSettings().deviceId"
    assert page.evaluate(tracks) == chosen
    stop(page)


def test_practice_makes_no_request_and_stores_nothing_even_if_left_in_the_middle(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    page.goto("/practice")
    expect(page.locator("#record")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    before = page.evaluate("[localStorage.length, sessionStorage.length]")
    start(page)
    record_for(page, 3600)
    page.locator("#pause").press("Enter")
    phase(page, "paused")
    press_again(page)
    page.locator("#pause").press("Enter")
    phase(page, "recording")
    page.locator("#record").focus()
    stop(page)
    expect(page.locator("#playback audio")).to_be_visible()
    assert [url for url in sent if not url.startswith("blob:")] == []
    assert page.evaluate("indexedDB.databases()") == []
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == before
    press_again(page)
    page.get_by_role("button", name="Practise again").press("Enter")
    phase(page, "recording")
    record_for(page, 3600)
    page.goto("/practice")  # in the middle of a recording
    phase(page, "idle")
    assert page.evaluate("indexedDB.databases()") == []
    assert [one for one in server.requests if one[0] != "GET"] == []

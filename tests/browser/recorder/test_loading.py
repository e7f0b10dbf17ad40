"""The later parts of the recorder's script may arrive late, or not at first. A press of Start waits for them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.recorder_page import arrived, heard, phase, record_for, start, stop, wait_until
from tests.browser.recorder_server import RecorderServer

pytestmark = pytest.mark.timeout(300)
LATER = "**/later.js*"
ANSWER = "**/recorded_answer.js*"
SENTENCES = "**/interview/sentences/**"
UPLOAD_SENTENCES = "**/interview/upload_sentences/**"
QUICK = "(() => { const wait = setTimeout; window.setTimeout = (act, ms) => wait(act, ms === 20000 ? 1500 : ms) })()"


@pytest.mark.parametrize("missing", [LATER, SENTENCES, ANSWER, UPLOAD_SENTENCES])
def test_start_before_the_second_part_waits_for_it_and_then_records(
    page: Page, server: RecorderServer, missing: str
) -> None:
    held: list[Route] = []
    page.route(missing, lambda route: held.append(route))
    page.goto("/question")
    page.locator("#record").press("Enter")
    phase(page, "preparing")
    page.wait_for_timeout(2000)
    assert server.takes == {}
    assert page.evaluate("watch.recorders.length") == 0
    wait_until(page, lambda: held)
    held[0].continue_()
    phase(page, "recording")
    record_for(page, 1500)
    stop(page)
    arrived(page, server)


@pytest.mark.parametrize("missing", [LATER, SENTENCES])
def test_second_part_that_fails_is_tried_again_and_the_page_says_so(
    page: Page, server: RecorderServer, missing: str
) -> None:
    page.route(missing, lambda route: route.abort())
    page.goto("/question")
    problem = page.locator("#problem-title")
    expect(problem).to_have_text("This page is not complete yet")
    page.unroute(missing)
    expect(problem).to_be_hidden()
    page.locator("#record").press("Enter")
    phase(page, "recording")
    stop(page)
    arrived(page, server)


def test_start_says_so_if_the_second_part_does_not_arrive(page: Page, server: RecorderServer) -> None:
    page.route(LATER, lambda route: route.abort())
    page.goto("/question")
    expect(page.locator("#problem-title")).to_have_text("This page is not complete yet")
    page.locator("#record").press("Enter")
    phase(page, "preparing")
    expect(page.locator("#problem-title")).to_have_text("No connection", timeout=60_000)
    phase(page, "idle")
    assert server.takes == {}


def test_practice_waits_for_the_second_part_too(page: Page) -> None:
    held: list[Route] = []
    page.route(LATER, lambda route: held.append(route))
    page.goto("/practice")
    page.locator("#record").press("Enter")
    phase(page, "preparing")
    wait_until(page, lambda: held)
    held[0].continue_()
    phase(page, "recording")


def test_settings_chosen_before_the_second_part_are_kept(page: Page, server: RecorderServer) -> None:
    held: list[Route] = []
    server.prefer(countdown_seconds=5)
    page.route(LATER, lambda route: held.append(route))
    page.goto("/question")
    page.locator("#wait").select_option("10")
    page.locator("#show-clock").press("Space")
    wait_until(page, lambda: held)
    held[0].continue_()
    expect(page.locator("#clock")).to_be_hidden()
    page.wait_for_function("() => localStorage.getItem('fairtake-show-clock') === 'no'")
    expect(page.locator("#wait")).to_have_value("10")
    wait_until(page, lambda: server.preferences["countdown_seconds"] == 10)


def test_press_before_the_second_part_opens_the_devices_at_once_and_says_so(page: Page) -> None:
    page.add_init_script("""const open = MediaDevices.prototype.getUserMedia;
      window.opened = [];
      MediaDevices.prototype.getUserMedia = function (wish) {
        const stream = open.call(this, wish);
        stream.then((one) => window.opened.push(one));
        return stream;
      };""")
    held: list[Route] = []
    page.route(LATER, lambda route: held.append(route))
    page.goto("/question")
    page.locator("#record").press("Enter")
    page.wait_for_function("() => window.opened.length === 1")
    expect(page.locator("#getting-ready")).to_be_visible()
    heard(page, "Getting your camera and microphone ready.")
    expect(page.locator("#record")).to_be_focused()
    page.locator("#record").press("Enter")  # an impatient second press opens nothing more and stops nothing
    held[0].continue_()
    phase(page, "recording")
    expect(page.locator("#getting-ready")).to_be_hidden()
    assert page.evaluate("window.opened.length") == 1


@pytest.mark.parametrize("missing", [LATER, ANSWER])
def test_devices_opened_for_a_press_are_released_if_a_later_part_never_arrives(page: Page, missing: str) -> None:
    page.add_init_script(QUICK)
    page.add_init_script("""const open = MediaDevices.prototype.getUserMedia;
      MediaDevices.prototype.getUserMedia = async function (wish) {
        return (window.openedStream = await open.call(this, wish));
      };""")
    page.route(missing, lambda _route: None)
    page.goto("/question")
    page.locator("#record").press("Enter")
    page.wait_for_function("() => window.openedStream?.getTracks().every((track) => track.readyState === 'ended')")
    expect(page.locator("#problem-title")).to_have_text("No connection")
    phase(page, "idle")


def test_press_in_a_second_tab_releases_the_devices_that_it_opened(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    second = page.context.new_page()
    second.add_init_script("""const open = MediaDevices.prototype.getUserMedia;
      MediaDevices.prototype.getUserMedia = async function (wish) {
        return (window.openedStream = await open.call(this, wish));
      };""")
    held: list[Route] = []
    second.route(LATER, lambda route: held.append(route))
    second.goto(page.url)
    second.locator("#record").press("Enter")
    second.wait_for_function("() => window.openedStream")
    wait_until(second, lambda: held)
    held[0].continue_()
    expect(second.locator("#problem-title")).to_have_text("You are already recording this question in another tab")
    second.wait_for_function("() => window.openedStream.getTracks().every((track) => track.readyState === 'ended')")
    second.close()
    stop(page)
    arrived(page, server)


def test_what_stores_an_answer_is_loaded_at_the_first_sign_of_a_person(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/question")
    expect(page.locator("#record")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert not any("recorded_answer" in url or "upload_sentences" in url for url in asked)
    page.mouse.move(20, 20)
    wait_until(page, lambda: any("recorded_answer" in url for url in asked))


@pytest.mark.parametrize("missing", [ANSWER, UPLOAD_SENTENCES])
def test_start_says_so_if_what_stores_an_answer_does_not_arrive_and_the_next_press_records(
    page: Page, server: RecorderServer, missing: str
) -> None:
    page.route(missing, lambda route: route.abort())
    page.goto("/question")
    page.locator("#record").press("Enter")
    expect(page.locator("#problem-title")).to_have_text("No connection")
    phase(page, "idle")
    assert server.takes == {}
    page.unroute(missing)
    page.wait_for_timeout(1000)  # a sooner press counts as the same one
    page.locator("#record").press("Enter")
    phase(page, "recording")
    record_for(page, 1500)
    stop(page)
    arrived(page, server)


def test_unfinished_recording_is_offered_although_what_stores_it_arrives_at_the_second_try(
    page: Page, server: RecorderServer
) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 4000)
    tries: list[Route] = []

    def fail_once(route: Route) -> None:
        tries.append(route)
        if len(tries) == 1:
            route.abort()
        else:
            route.continue_()

    page.route(ANSWER, fail_once)
    page.reload()
    phase(page, "offered")
    assert len(tries) == 2

"""The question page on the real server: its size, accessibility in every state, list of takes, expired sessions,
crashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from app import pipeline
from app.captions.models import QuestionMedia
from app.extensions import db
from app.interviews.models import Attempt, Question
from app.recording import processing
from app.recording.models import Take, Upload
from app.storage import get_storage
from app.transaction import transaction
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import LONG_MS, press_again
from tests.browser.trees import SOMEWHERE, tree_problems
from tests.factories import NOON, make_attempt, make_interview, make_invitation

WATCH = Path(__file__).with_name("watch_capture.js")
UPLOADS = "**/uploads/**"
WIDTHS = [1280, 320]


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """A candidate who has consented, with one question."""
    return make_attempt(make_interview(questions=1))


@pytest.fixture
def context(launch: Callable[..., Browser], live_server: LiveServer, attempt: Attempt) -> Iterator[BrowserContext]:
    """The candidate's browser, signed in, with a camera and a microphone that plays a clip."""
    with launch("answer_one.wav").new_context(
        base_url=live_server.url, permissions=["camera", "microphone"], reduced_motion="reduce", **SOMEWHERE
    ) as made:
        live_server.sign(made, attempt=attempt.id)
        made.add_init_script(path=WATCH)
        made.set_default_timeout(LONG_MS)
        yield made


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which a script error or a violation of the content security policy fails the test."""
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    yield tab
    assert wrong == []


def give_sound_to(question: Question) -> None:
    """Give the question a sound recording with captions."""
    sound, key = Path(__file__).parent.parent / "clips" / "long_answer.webm", f"prompts/{question.id}/x/prompt.webm"
    get_storage().put_file(key, sound)
    captions = "WEBVTT\n\n00:00:00.000 --> 00:00:20.000\nTell us about a night\n"
    with transaction() as session:
        session.add(
            QuestionMedia(
                question_id=question.id, key=key, content_type="audio/webm", size=sound.stat().st_size,
                duration_ms=60_000, has_video=False, has_audio=True, captions=captions, made_at=NOON,
            )
        )  # fmt: skip


def wait_for(page: Page, claim: str) -> None:
    """Wait until a JavaScript expression is true. (Playwright's own function needs eval, which the policy forbids.)"""
    for _ in range(LONG_MS // 50):
        if page.evaluate(f"() => Boolean({claim})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(claim)


def address(attempt: Attempt) -> str:
    """Return the address of the attempt's question."""
    return f"/interview/questions/{attempt.interview.questions[0].id}"


def phase(page: Page, name: str) -> None:
    """Wait until the recorder is in the phase `name`."""
    expect(page.locator("#recorder")).to_have_attribute("data-phase", name, timeout=LONG_MS)


def record(page: Page, ms: int = 1500) -> None:
    """Start a recording, wait until `ms` milliseconds are recorded, and stop."""
    press_again(page)
    page.get_by_role("button", name=re.compile("Start recording|Record again")).press("Enter")
    phase(page, "recording")
    page.wait_for_function("ms => performance.now() - watch.windows.at(-1)[0] >= ms", arg=ms)
    page.locator("#record").press("Enter")
    phase(page, "review")


def sound_only(page: Page) -> None:
    """Choose to record sound only."""
    page.get_by_role("radio", name="Sound only").press("Space")


def end_session(page: Page, context: BrowserContext) -> None:
    """Delete the session cookie, and again whenever a late response has set it."""
    while context.cookies():
        context.clear_cookies()
        page.wait_for_timeout(400)


@pytest.mark.trees
@pytest.mark.parametrize("width", WIDTHS)
def test_no_checker_finds_anything_in_any_state_of_the_recorder(page: Page, attempt: Attempt, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address(attempt))
    expect(page.locator("#record")).to_be_visible()
    found: dict[str, list[str]] = {}

    def check(state: str, tree: str | None = None) -> None:
        found[state] = problems_of(page)
        found[state] += tree_problems(page, tree, is_loose=True) if tree and width == WIDTHS[0] else []

    check("idle")
    page.locator("#record").press("Enter")
    phase(page, "countdown")
    check("countdown")
    phase(page, "recording")
    check("recording", "recording.question_page.recording")
    page.locator("#pause").press("Enter")
    phase(page, "paused")
    check("paused", "recording.question_page.paused")
    page.locator("#record").press("Enter")
    phase(page, "review")
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
    expect(page.locator("#takes article")).to_have_count(1)
    check("review", "recording.question_page.recorded")
    page.get_by_role("button", name="Record again").press("Enter")
    phase(page, "recording")
    page.wait_for_timeout(1700)
    page.evaluate("watch.recorders[1].stream.getTracks()[0].dispatchEvent(new Event('ended'))")
    phase(page, "offered")
    expect(page.locator("#takes article")).to_have_count(2)
    check("offered", "recording.question_page.offered")
    page.evaluate(
        "MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')); 0"
    )
    page.locator("#record").press("Enter")
    expect(page.locator("#problem")).to_be_focused()
    check("refused", "recording.question_page.refused")
    assert {state: problems for state, problems in found.items() if problems} == {}


@pytest.mark.trees
def test_no_checker_finds_anything_when_an_upload_fails(page: Page, attempt: Attempt) -> None:
    page.route("**/uploads/**", lambda route: route.abort())
    page.goto(address(attempt))
    sound_only(page)
    record(page)
    said = page.locator("[data-upload-text]")
    expect(said).to_contain_text("The connection is down. 0% of your recording has arrived")
    found = problems_of(page) + tree_problems(page, "recording.question_page.waiting", is_loose=True)
    page.unroute_all()
    page.route("**/uploads/**", lambda route: route.fulfill(status=403, body=""))
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(said).to_contain_text("The upload was refused. 0% of your recording has arrived")
    found += problems_of(page) + tree_problems(page, "recording.question_page.failed", is_loose=True)
    assert found == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/interview/practice", "/interview/device-check"])
def test_no_checker_finds_anything_in_practice_and_device_check(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    if path.endswith("check"):
        expect(page.locator("#connection-text")).to_contain_text("Your connection")
        page.get_by_role("button", name="Turn on camera and microphone").press("Enter")
        expect(page.locator("#level-text")).to_have_text("We can hear you.")
    assert problems_of(page) == []


@pytest.mark.parametrize("path", ["question", "/interview/practice", "/interview/device-check"])
def test_a_page_is_under_60_kb_over_the_wire_on_a_cold_cache(page: Page, attempt: Attempt, path: str) -> None:
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    page.goto(address(attempt) if path == "question" else path)
    expect(page.locator("#record, #turn-on")).to_be_visible()  # every script has run
    sizes = [one.request.sizes() for one in responses]
    assert 4 < len(sizes) < 10
    assert sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes) < 60_000


def test_the_question_is_played_with_captions_and_stops_when_a_recording_begins(page: Page, attempt: Attempt) -> None:
    give_sound_to(attempt.interview.questions[0])
    page.goto(address(attempt))
    player = page.locator("#prompt-player")
    assert player.evaluate("one => one.paused && one.preload === 'none' && one.textTracks[0].mode === 'showing'")
    player.evaluate("async one => { one.muted = true; await one.play(); }")
    wait_for(
        page, "document.getElementById('prompt-player').textTracks[0].activeCues[0]?.text === 'Tell us about a night'"
    )
    assert problems_of(page) == []
    sound_only(page)
    page.get_by_role("button", name="Start recording").press("Enter")
    phase(page, "recording")
    assert player.evaluate("one => one.paused")
    page.wait_for_function("() => watch.recordings[0].length > 0")
    page.locator("#record").press("Enter")
    phase(page, "review")


def test_a_recording_is_listed_kept_and_taken_again_in_silence(page: Page, attempt: Attempt) -> None:
    page.goto(address(attempt))
    sound_only(page)
    record(page)
    article = page.locator("#takes article").filter(has_text="Recording 1")
    expect(article).to_contain_text(
        "Being prepared so that you can play it"
    )  # no worker runs here, so the list keeps polling
    record(page, 4500)
    changes = [one for one in page.evaluate("watch.changes") if not one.get("isClock")]
    assert [one for one in changes if one.get("attribute") not in ("data-phase", "data-warning")] == []
    expect(page.locator("#takes article")).to_have_count(2)
    page.get_by_role("button", name="Keep recording 1 as my answer").press("Enter")
    expect(page.locator("main .notice--success")).to_contain_text("Recording 1 is your answer to question 1.")
    page.goto(address(attempt))
    expect(page.locator("#takes article").filter(has_text="Your answer")).to_contain_text("Recording 1")
    expect(page.locator("main .notice--success")).to_contain_text("Recording 1 is your answer to this question.")


def test_after_keep_the_heading_of_the_next_step_has_the_focus_and_its_title_is_its_own(
    page: Page, attempt: Attempt
) -> None:
    page.goto(address(attempt))
    expect(page.locator("#record")).to_be_visible()
    before = page.title()
    sound_only(page)
    record(page)
    page.get_by_role("button", name="Keep this answer").press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_focused()
    expect(heading).to_have_text(re.compile("Check your answers|Question 2"))
    assert page.title() != before
    expect(page.locator("#status")).to_contain_text("Recording 1 is your answer to question 1.")
    page.reload()
    expect(heading).to_be_visible()
    expect(heading).not_to_be_focused()


def test_server_stores_the_bytes_of_the_recorder(page: Page, attempt: Attempt) -> None:
    page.goto(address(attempt))
    sound_only(page)
    record(page, 4000)
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
    db.session.rollback()
    upload = db.session.query(Upload).one()
    kept = b"".join(b"".join(get_storage().stream(part.key)) for part in upload.parts)
    given = page.evaluate("new Blob(watch.recordings[0]).arrayBuffer().then(b => [...new Uint8Array(b)])")
    assert kept == bytes(given)
    assert upload.take.complete_at is not None


def test_signed_answer_uses_no_microphone_and_has_no_sound(page: Page, attempt: Attempt) -> None:
    page.add_init_script(
        "navigator.mediaDevices.__proto__.getUserMedia = new Proxy(MediaDevices.prototype.getUserMedia, {"
        " apply: (real, self, [wish]) => { window.wish = wish; return Reflect.apply(real, self, [wish]); } })"
    )
    page.goto(address(attempt))
    page.get_by_role("radio", name="Signing: picture without sound").press("Space")
    record(page)
    assert page.evaluate("[window.wish.audio, window.wish.video.frameRate.ideal]") == [False, 25]
    expect(page.locator("#playback video")).to_have_count(1)
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
    db.session.rollback()
    take = db.session.query(Take).one()
    assert take.kind == "signed"
    for stage in processing.STAGES:
        pipeline.run_stage(str(stage), take.id)
    page.reload()
    article = page.locator("#takes article")
    expect(article).to_contain_text("A signed answer gets no automatic captions.")
    expect(article.locator("video")).to_have_count(1)
    expect(article).not_to_contain_text("correct the captions")
    assert problems_of(page) == []


@pytest.mark.parametrize("first_told", ["a part", "the stop"])
def test_recording_is_complete_after_the_session_ended_in_the_middle(
    page: Page, attempt: Attempt, context: BrowserContext, live_server: LiveServer, first_told: str
) -> None:
    page.goto(address(attempt))
    sound_only(page)
    expect(page.locator("#record")).to_be_visible()
    page.locator("#record").press("Enter")
    phase(page, "recording")
    with page.expect_response(lambda response: response.request.method == "PATCH" and response.status == 204):
        page.wait_for_function("() => watch.recordings[0].length > 0")
    if first_told == "the stop":
        page.route(UPLOADS, lambda route: route.abort())
    end_session(page, context)
    page.wait_for_function("() => watch.recordings[0].length > 1")
    page.locator("#record").press("Enter")
    expect(page.locator("[data-upload-text]")).to_contain_text("You have been signed out.")
    page.unroute(UPLOADS)
    live_server.sign(context, attempt=attempt.id)  # as the invitation link would do in another tab
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
    expect(page.locator("#takes article")).to_contain_text("Being prepared so that you can play it")
    page.get_by_role("button", name="Keep this answer").press("Enter")  # with the form token of the new session
    expect(page.locator("main .notice--success")).to_contain_text("Recording 1 is your answer to question 1.")


def test_signing_in_again_by_the_link_resumes_the_same_take(page: Page, context: BrowserContext) -> None:
    link = f"/i/{make_invitation(make_interview(questions=1))[1]}"
    context.clear_cookies()
    page.goto(link)
    page.get_by_role("button", name="I agree").press("Enter")
    page.get_by_role("link", name="Question 1", exact=True).press("Enter")
    sound_only(page)
    expect(page.locator("#record")).to_be_visible()
    page.locator("#record").press("Enter")
    phase(page, "recording")
    page.wait_for_function("() => watch.recordings[0].length > 0")
    end_session(page, context)
    page.close()  # the newest part of the recording is now only in the browser
    again = context.new_page()
    again.goto(link)
    again.get_by_role("button", name=re.compile("Start|Go on|Continue")).press("Enter")
    again.goto("/interview/")
    again.get_by_role("link", name="Question 1", exact=True).press("Enter")
    expect(again.locator("#offer-heading")).to_contain_text("seconds of your answer")
    again.get_by_role("button", name="Keep it as it is").press("Enter")
    expect(again.locator("#takes article")).to_contain_text("Being prepared so that you can play it")
    db.session.rollback()
    take = db.session.query(Take).one()
    assert take.complete_at is not None
    assert [upload.segment for upload in take.uploads] == [1]


def test_recording_of_a_closed_tab_is_continued_in_another(
    page: Page, attempt: Attempt, context: BrowserContext
) -> None:
    page.goto(address(attempt))
    sound_only(page)
    expect(page.locator("#record")).to_be_visible()
    page.locator("#record").press("Enter")
    phase(page, "recording")
    page.wait_for_function("() => watch.recordings[0].length > 0")
    page.close()
    again = context.new_page()
    again.goto(address(attempt))
    expect(again.locator("#offer-heading")).to_be_focused()
    expect(again.locator("#offer-heading")).to_contain_text("seconds of your answer")
    assert problems_of(again) == []
    again.locator("#record").press("Enter")
    phase(again, "recording")
    again.wait_for_timeout(800)
    again.locator("#record").press("Enter")
    phase(again, "review")
    expect(again.locator("#takes article")).to_contain_text("Being prepared so that you can play it")
    db.session.rollback()
    take = db.session.query(Take).one()
    assert [upload.segment for upload in take.uploads] == [1, 2]
    assert take.complete_at is not None
    assert take.is_whole


def test_practice_stores_nothing_on_the_server(page: Page) -> None:
    sent: list[str] = []
    page.goto("/interview/practice")
    page.on("request", lambda request: sent.append(request.url))
    sound_only(page)
    record(page)
    assert [url for url in sent if not url.startswith("blob:") and "/static/" not in url] == []
    assert db.session.query(Take).count() == 0

"""Recordings are listed, kept and stored; practice stores nothing."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from app import pipeline
from app.captions.models import TrackKind
from app.captions.services import add_track
from app.extensions import db
from app.interviews.models import Attempt
from app.recording import processing
from app.recording.models import StageState, Take, Upload
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import add_media, give_sound_to, make_cue, set_stages
from tests.browser.checkers import problems_of
from tests.browser.conftest import CLIPS
from tests.browser.question_page.steps import (
    address,
    phase,
    record,
    sound_only,
    wait_for,
)
from tests.browser.recorder_page import press_again
from tests.factories import NOON


def test_the_question_is_played_with_captions_and_stops_when_a_recording_begins(page: Page, attempt: Attempt) -> None:
    give_sound_to(attempt.interview.questions[0])
    page.goto(address(attempt))
    player = page.locator("#question-player")
    assert player.evaluate("one => one.paused && one.preload === 'none' && one.textTracks[0].mode === 'showing'")
    player.evaluate("async one => { one.muted = true; await one.play(); }")
    wait_for(
        page, "document.getElementById('question-player').textTracks[0].activeCues[0]?.text === 'Tell us about a night'"
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
    expect(heading).to_be_focused()


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


def test_practice_stores_nothing_on_the_server(page: Page) -> None:
    sent: list[str] = []
    page.goto("/interview/practice")
    page.on("request", lambda request: sent.append(request.url))
    sound_only(page)
    record(page)
    assert [url for url in sent if not url.startswith("blob:") and "/static/" not in url] == []
    assert db.session.query(Take).count() == 0


def test_the_recording_that_has_just_ended_is_replayed_with_its_captions(page: Page, attempt: Attempt) -> None:
    page.goto(address(attempt))
    sound_only(page)
    record(page, 4000)
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
    db.session.rollback()
    take = db.session.query(Take).one()
    add_media(take.id, CLIPS / "long_answer.webm", has_video=False)
    with transaction() as session:
        add_track(session, take.id, TrackKind.AUTOMATIC, [make_cue("We sailed out")], language="en", now=NOON)
    set_stages(take.id, StageState.DONE, StageState.DONE)
    captions = page.locator("#playback").get_by_role("button", name="Captions Recording 1")
    expect(captions).to_have_attribute("aria-pressed", "true")
    page.locator("#playback audio").evaluate("one => { one.currentTime = 1 }")
    box = page.locator("#playback .caption-box")
    expect(box).to_have_text("We sailed out")
    captions.press("Enter")
    expect(box).to_be_hidden()
    press_again(page)
    captions.press("Enter")
    expect(box).to_have_text("We sailed out")
    assert problems_of(page) == []
    press_again(page)
    page.locator("#record").press("Enter")
    phase(page, "recording")
    expect(box).to_have_count(0)

"""The main job in Firefox by keyboard: record, keep across a reload, send, and, as a reviewer, jump to a moment."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest
from flask import Flask

from app import pipeline
from app.accounts.models import Role
from app.extensions import db
from app.interviews.models import Attempt
from app.recording import processing
from app.recording.models import Media, Take
from app.storage import get_storage
from tests.answer_factories import make_captioned_answer
from tests.browser.conftest import LiveServer
from tests.browser.review_desk.conftest import recording
from tests.browser.review_desk.desk import spoken_cues
from tests.factories import NOON, PASSWORD, make_attempt, make_interview, make_invitation, make_user
from tests.firefox.bidi import Firefox

__all__ = ["recording"]
MAX_TABS = 80
FOCUSED = "(document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim().replace(/\\s+/g, ' ')"
SIZES = {"Sound only": (320, 256)}
KINDS = {"Picture and sound": {"video", "audio"}, "Sound only": {"audio"}, "Signing: picture without sound": {"video"}}
PLAYER = "document.getElementById('recording')"
RECORDING = "document.querySelector('#recorder')?.dataset.phase === 'recording'"


def press(firefox: Firefox, name: str, key: str = "Enter") -> None:
    """Press Tab until a control whose text begins with `name` has the focus, then press `key` on it."""
    for _ in range(MAX_TABS):
        if str(firefox.read(FOCUSED)).startswith(name):
            return firefox.key(key)
        firefox.key("Tab")
    raise AssertionError(f"Tab does not reach {name}: {firefox.read('document.body.innerText')}")


def arrive(firefox: Firefox, heading: str) -> None:
    """Wait until the page with this heading and its scripts are loaded."""
    firefox.wait_for(
        f"document.readyState === 'complete' && document.querySelector('h1')?.textContent.includes({json.dumps(heading)})"
    )


def to_the_question(firefox: Firefox, address: str) -> None:
    """Go from the invitation to the recorder."""
    firefox.open(address)
    press(firefox, "I agree")
    arrive(firefox, "Your questions")
    press(firefox, "Go to question 1")
    arrive(firefox, "Question 1 of 1")
    firefox.wait_for("document.querySelector('#record')?.checkVisibility()")


def make_link(server: LiveServer) -> str:
    return f"{server.url}/i/{make_invitation(make_interview(questions=1))[1]}"


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_answer_is_recorded_kept_and_sent(app: Flask, live_server: LiveServer, firefox: Firefox, kind: str) -> None:
    firefox.resize(*SIZES.get(kind, (1280, 800)))
    to_the_question(firefox, make_link(live_server))
    assert firefox.read("document.documentElement.scrollWidth <= innerWidth")
    press(firefox, "Picture and sound", "Tab" if kind == "Picture and sound" else "ArrowDown")
    if kind.startswith("Signing"):
        firefox.key("ArrowDown")
    press(firefox, "Start recording")
    firefox.wait_for(RECORDING)
    assert firefox.read("document.activeElement.id") == "record"
    firefox.wait_for("document.querySelector('#clock').textContent.includes('0:02')")
    firefox.key("Enter")
    firefox.wait_for("document.querySelector('#recorder').dataset.phase === 'review'")
    firefox.wait_for(
        "document.querySelector('[data-upload-text]').textContent === 'All of your recording has arrived.'"
    )
    press(firefox, "Keep this answer")
    firefox.wait_for("document.querySelector('main .notice--success')?.textContent.includes('is your answer')")
    arrive(firefox, "Check your answers")
    press(firefox, "Send my answers")
    firefox.wait_for("/[B-Z2-9]{4}-[B-Z2-9]{4}/.test(document.querySelector('main').textContent)")
    db.session.rollback()
    assert db.session.query(Attempt).one().submitted_at is not None
    take = db.session.query(Take).one()
    for stage in processing.STAGES:
        pipeline.run_stage(str(stage), take.id)
    db.session.rollback()
    media = db.session.query(Media).one()
    assert media.duration_ms >= 1500
    path = get_storage().local_path(media.key)
    assert path is not None
    with av.open(path) as container:
        assert {stream.type for stream in container.streams} == KINDS[kind]


def test_recording_is_offered_after_a_reload(app: Flask, live_server: LiveServer, firefox: Firefox) -> None:
    to_the_question(firefox, make_link(live_server))
    press(firefox, "Start recording")
    firefox.wait_for(RECORDING)
    firefox.wait_for("document.querySelector('#clock').textContent.includes('0:05')")
    firefox.reload()
    firefox.wait_for("/We have \\d+ seconds? of your answer/.test(document.querySelector('main').textContent)")
    press(firefox, "Keep")
    firefox.wait_for(
        "document.querySelector('[data-upload-text]').textContent === 'All of your recording has arrived.'"
    )
    press(firefox, "Keep this answer")
    firefox.wait_for("document.querySelector('main .notice--success')?.textContent.includes('is your answer')")


def test_a_cue_seeks_in_the_recording_and_the_captions_are_shown(
    app: Flask, live_server: LiveServer, firefox: Firefox, recording: Path
) -> None:
    reviewer = make_user(Role.REVIEWER)
    attempt = make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON)
    answer = make_captioned_answer(*spoken_cues(), attempt=attempt, recording=recording)
    firefox.open(f"{live_server.url}/sign-in?next=/review/answers/{answer.id}")
    press(firefox, "Email", "Tab")
    firefox.read("document.querySelector('input[name=email]').focus()")
    firefox.key(*reviewer.email)
    press(firefox, "Password", "Tab")
    firefox.read("document.querySelector('input[name=password]').focus()")
    firefox.key(*PASSWORD, "Enter")
    firefox.wait_for(f"document.querySelector('button.cue__button') && {PLAYER}.readyState >= 1")
    assert firefox.read(f"{PLAYER}.textTracks[0].mode") == "showing"
    cue = spoken_cues()[2]
    press(firefox, "0:09 Some of the visitors")
    firefox.wait_for(f"Math.abs({PLAYER}.currentTime - {cue.start_ms / 1000}) < 0.05")
    firefox.wait_for("document.activeElement.getAttribute('aria-current') === 'true'")
    firefox.wait_for(f"{PLAYER}.textTracks[0].activeCues[0]?.text.includes('visitors')")

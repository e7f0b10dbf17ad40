"""Fixtures: a reviewer who edits the captions of one answer, and a question with media."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from app.accounts.models import Role, StaffUser
from app.captions import question_media_pipeline
from app.captions.models import CaptionTrack
from app.captions.services import current_track
from app.captions.speech import windowed_run
from app.captions.speech.heard import HeardWindows
from app.captions.speech.windowed_run import WindowedTranscription
from app.extensions import db
from app.interviews.models import Interview
from tests.answer_factories import make_captioned_answer
from tests.captions.question_media_forms import (
    HEVC,
    SHORT,
    give,
)
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient


@dataclass
class Editor:
    """The caption editor, used by a reviewer's browser without JavaScript."""

    client: CheckingClient
    reviewer: StaffUser
    take_id: str
    interview_id: str

    def address(self, rest: str = "") -> str:
        """Return the address of a page of the editor."""
        return f"/review/captions/{self.take_id}{rest}"

    def fields(self, page: BeautifulSoup | None = None) -> dict[str, Any]:
        """Return the fields that the editor's form would send."""
        form = (page or self.client.page(self.address())).select_one("#caption-editor")
        assert form
        sent: dict[str, Any] = {
            name: str(form.select_one(f"input[name={name}]")["value"])  # type: ignore[index]
            for name in ("base", "source", "language")
        }
        for name in ("start", "end"):
            sent[name] = [str(field["value"]) for field in form.select(f"input[name={name}]")]
        sent["text"] = [field.get_text().removeprefix("\n") for field in form.select("textarea[name=text]")]
        return sent

    def send(self, do: str = "save", fields: dict[str, Any] | None = None, **changes: Any) -> Any:
        """Press a button of the editor."""
        return self.client.submit(self.address(), {**(fields or self.fields()), **changes, "do": do})

    def texts(self) -> list[str]:
        """Return the texts of the current captions."""
        return [cue.text for cue in self.track().cues]

    def track(self) -> CaptionTrack:
        """Return the current version of the captions."""
        db.session.rollback()
        track = current_track(db.session(), self.take_id)
        assert track
        return track


@pytest.fixture
def editor(client: CheckingClient) -> Editor:
    """An editor with three captions: "We sailed out", "and saw the see", "then we came home"."""
    reviewer = make_user(Role.REVIEWER, name="Rosa Reader")
    interview = make_interview(reviewers=[reviewer])
    attempt = make_attempt(interview, submitted_at=NOON)
    answer = make_captioned_answer("We sailed out", "and saw the see", "then we came home", attempt=attempt)
    sign_in(client, reviewer)
    assert answer.take_id
    return Editor(client, reviewer, answer.take_id, interview.id)


@pytest.fixture
def interview(app: Flask) -> Interview:
    """An interview with two questions."""
    return make_interview(questions=2)


@pytest.fixture
def coordinator(client: CheckingClient) -> CheckingClient:
    """The client of a signed-in coordinator."""
    sign_in(client, make_user(Role.COORDINATOR))
    return client


@pytest.fixture
def address(interview: Interview) -> str:
    """The address of the page for the media of the interview's first question."""
    return f"/manage/interviews/{interview.id}/questions/{interview.questions[0].id}/prompt"


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return a function that schedules one action to run while the worker encodes."""
    real, acts = question_media_pipeline.prepare_media, []

    def prepare(*arguments: Any, **more: Any) -> Any:
        made = real(*arguments, **more)
        if acts:
            acts.pop()()
        return made

    monkeypatch.setattr(question_media_pipeline, "prepare_media", prepare)
    return acts.append


@pytest.fixture
def given(coordinator: CheckingClient, address: str) -> CheckingClient:
    """The client of a coordinator who has saved an HEVC video for a question."""
    assert give(coordinator, address, HEVC, SHORT).status_code == 303
    return coordinator


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[range]:
    """The groups of windows that the model heard. A group is a batch of four windows of ten seconds."""
    heard: list[range] = []
    hear = WindowedTranscription._hear

    def counting(self: WindowedTranscription, indexes: range) -> HeardWindows:
        heard.append(indexes)
        return hear(self, indexes)

    monkeypatch.setattr(windowed_run, "HEARD_SECONDS", 10)
    monkeypatch.setattr(WindowedTranscription, "_hear", counting)
    return heard

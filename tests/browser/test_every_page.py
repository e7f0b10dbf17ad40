"""Every page there is, as a picture narrow and wide: axe-core with all its rules finds nothing, and nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext

from app import pipeline
from app.accommodations import services as accommodations
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role, StaffUser
from app.audit import Actor
from app.clock import now
from app.compliance import erasure_pipeline, holds
from app.extensions import db
from app.interviews.models import Attempt, InterviewState
from app.recording import processing
from app.recording.models import Answer, Stage
from app.sealing import get_sealer
from app.transaction import transaction
from tests.answer_factories import make_captioned_take
from tests.browser.axe import axe_problems
from tests.browser.conftest import LiveServer
from tests.factories import NOON, make_attempt, make_interview, make_invitation, make_uploaded_take, make_user

pytestmark = pytest.mark.timeout(300)
NO_PAGES = {"accounts.home", "captions.download", "captions.track_file", "health.healthz", "health.metrics", "health.readyz", "pages.front",
            "people.certificate_file", "recording.media", "recording.takes", "static"}  # fmt: skip
"""What answers a GET with a redirect, a fragment or a file."""
WIDTHS = (1280, 320)
DIRECTIONS = {"en": "ltr", "ar": "rtl"}
SPEAKS = "() => [document.documentElement.lang, document.documentElement.dir]"
SCROLLS_SIDEWAYS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


class World:
    """Somebody of each role, an interview with a finished and a begun candidate, and what all addresses need."""

    def __init__(self) -> None:
        self.reviewer, self.compliance = make_user(Role.REVIEWER), make_user(Role.COMPLIANCE)
        self.coordinator = make_user(Role.COORDINATOR)
        self.interview = make_interview(reviewers=[self.reviewer])
        self.draft = make_interview(state=InterviewState.DRAFT)
        self.invitation, self.token = make_invitation(self.interview)
        self.begun = make_attempt(self.interview)
        self.sent, self.answer_id = self._finished()
        self.kept = make_captioned_take(self.begun)
        self.request_id = self._asked()
        self.erased = self._erased()

    def _finished(self) -> tuple[Attempt, str]:
        attempt = make_attempt(self.interview, submitted_at=NOON, receipt="ABCD-EFGH-2345")
        question = self.interview.questions[0]
        take = make_uploaded_take(attempt=attempt, question=question)
        answer = Answer(attempt_id=attempt.id, question_id=question.id, take_id=take.id, chosen_at=NOON)
        with transaction() as session:
            session.add(answer)
            processing.add_stage(session, take.id, Stage.ASSEMBLE, now=NOON)
        for stage in processing.STAGES:
            pipeline.run_stage(str(stage), take.id)
        db.session.rollback()
        return attempt, answer.id

    def _asked(self) -> str:
        wishes = [Given(Kind.RECORDING_TIME, None), Given(Kind.RETAKES, 2)]
        with transaction() as session:
            attempt = session.merge(self.begun)
            accommodations.ask(session, attempt, wishes, "A quiet hour.", sealer=get_sealer(), now=NOON)
            return accommodations.requests_of(session, attempt.id)[-1].id

    def _erased(self) -> str:
        invitation, _token = make_invitation(self.draft)
        officer = Actor("staff", self.compliance.id)
        erasure_pipeline.erase(invitation.id, actor=officer, now=NOON)
        with transaction() as session:
            held = session.merge(self.draft)
            holds.place(session, held, "A case.", sealer=get_sealer(), actor=officer, now=NOON)
        return invitation.id

    def pages(self) -> dict[str, list[tuple[str, dict[str, Any]]]]:
        """Return the pages of each person: (endpoint, what its address takes)."""
        interview = {"interview_id": self.interview.id}
        draft = {"interview_id": self.draft.id}
        question = {"question_id": self.begun.interview.questions[0].id}
        take = {"take_id": db.session.get_one(Answer, self.answer_id).take_id}
        of_draft = {**draft, "question_id": self.draft.questions[0].id}
        return {
            "nobody": [
                ("interview.invitation", {"token": self.token}),
                ("interview.help_page", {}),
                ("interview.left", {}),
                ("accounts.sign_in_page", {}),
                ("pages.accessibility_statement", {}),
            ],
            "candidate": [
                ("interview.consent", {}),
                ("interview.preferences", {}),
                ("accommodations.own", {}),
                ("interview.task_list", {}),
                ("interview.check_answers", {}),
                ("recording.device_check", {}),
                ("recording.practice", {}),
                ("recording.question_page", question),
                ("recording.file_page", question),
                ("recording.written_page", question),
                ("captions.own_captions", {"take_id": self.kept.id}),
            ],
            "declined": [("interview.declined", {})],
            "finished": [("interview.receipt", {})],
            "reviewer": [
                ("review.interviews", {}),
                ("review.interview", interview),
                ("review.answer", {"answer_id": self.answer_id}),
                ("captions.editor", take),
                ("captions.import_page", take),
                ("captions.versions", take),
                ("captions.version", {**take, "number": 1}),
                ("scores.panel_page", interview),
                ("scores.side_by_side", {**interview, "question_id": self.interview.questions[0].id}),
                ("review.search", {**interview, "q": "visitors"}),
                ("review.search", {**interview, "q": '"'}),
                ("review.search_all", {"q": "visitors", "score": "none"}),
            ],
            "coordinator": [
                ("manage.interviews", {}),
                ("manage.new_interview", {}),
                ("manage.interview", interview),
                ("manage.change_interview", draft),
                ("rubrics.scoring", interview),
                ("manage.new_question", draft),
                ("manage.change_question", of_draft),
                ("manage.remove_question", of_draft),
                ("invitations.invitations", interview),
                ("invitations.new_invitation", interview),
                ("invitations.cancel_invitation", {**interview, "invitation_id": self.invitation.id}),
                ("decisions.queue", {}),
                ("decisions.decide", {"request_id": self.request_id}),
                ("decisions.candidate", {"invitation_id": self.begun.invitation_id}),
                ("decisions.policy", interview),
            ],
            "compliance": [
                ("compliance.overview", {}),
                ("people.find", {}),
                ("people.find", {"q": "nobody at all"}),
                ("people.person", {"invitation_id": self.begun.invitation_id}),
                ("people.person", {"invitation_id": self.erased}),
                ("people.erase", {"invitation_id": self.begun.invitation_id}),
                ("people.hold", {"invitation_id": self.begun.invitation_id}),
                ("people.certificate", {"invitation_id": self.erased}),
                ("reports.report", {"from": "2026-11-01", "to": "2026-11-30"}),
                ("retention.overview", {}),
                ("retention.hold", interview),
            ],
        }

    def session_of(self, person: str) -> dict[str, Any]:
        """Return what the session of this person holds."""
        if person == "declined":
            return {"attempt": make_attempt(self.interview, consented_at=None, declined_at=NOON).id}
        attempts = {"candidate": self.begun, "finished": self.sent}
        if person in attempts:
            return {"attempt": attempts[person].id}
        user: StaffUser | None = getattr(self, person, None)
        return {"user": user.id, "epoch": user.session_epoch, "since": now().timestamp()} if user else {}


@pytest.fixture
def world(app: Flask) -> World:
    return World()


@pytest.fixture
def contexts(launch: Callable[..., Browser], live_server: LiveServer) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []

    def open_for(**session: Any) -> BrowserContext:
        context = launch().new_context(base_url=live_server.url)
        opened.append(context)
        if session:
            live_server.sign(context, **session)
        return context

    yield open_for
    for context in opened:
        context.close()


def address(app: Flask, endpoint: str, values: dict[str, Any]) -> str:
    with app.test_request_context():
        return app.url_for(endpoint, **values)


def test_the_list_of_pages_is_complete(app: Flask, world: World) -> None:
    listed = {endpoint for pages in world.pages().values() for endpoint, _ in pages}
    found = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert found - NO_PAGES == listed


@pytest.mark.parametrize("language", sorted(DIRECTIONS))
@pytest.mark.parametrize(
    "person", ["nobody", "candidate", "declined", "finished", "reviewer", "coordinator", "compliance"]
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    app: Flask, world: World, contexts: Callable[..., BrowserContext], person: str, language: str
) -> None:
    page = contexts(**world.session_of(person), language=language).new_page()
    problems = []
    for endpoint, values in world.pages()[person]:
        path = address(app, endpoint, values)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            answer = page.goto(path)
            assert answer
            assert answer.ok, f"{endpoint}: {answer.status}"
            assert page.url.endswith(path), f"{endpoint} leads to {page.url}"
            assert page.evaluate(SPEAKS) == [language, DIRECTIONS[language]]
            problems += [f"{endpoint} at {width}: {problem}" for problem in axe_problems(page)]
            problems += [f"{endpoint} at {width}: scrolls sideways"] if page.evaluate(SCROLLS_SIDEWAYS) else []
    assert problems == []


@pytest.mark.parametrize("path", ["/nowhere", "/i/invented", "/interview/questions/another", "/media/another"])
def test_axe_finds_nothing_on_the_pages_of_errors(
    world: World, contexts: Callable[..., BrowserContext], path: str
) -> None:
    page = contexts(**world.session_of("candidate")).new_page()
    answer = page.goto(path)
    assert answer
    assert answer.status == 404
    assert axe_problems(page) == []


@pytest.mark.parametrize(
    ("person", "endpoint"),
    [
        ("nobody", "accounts.sign_in_page"),
        ("coordinator", "manage.new_interview"),
        ("coordinator", "invitations.new_invitation"),
        ("candidate", "recording.file_page"),
    ],
)
def test_axe_finds_nothing_on_a_form_that_was_sent_empty(
    app: Flask, world: World, contexts: Callable[..., BrowserContext], person: str, endpoint: str
) -> None:
    page = contexts(**world.session_of(person)).new_page()
    values = dict(world.pages()[person])[endpoint]
    page.goto(address(app, endpoint, values))
    page.locator("main form").first.evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    page.locator(".error-summary").wait_for()
    assert page.title().startswith("Error: ")
    assert axe_problems(page) == []

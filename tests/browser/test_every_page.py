"""Every page, narrow and wide: checkers find nothing, no page scrolls sideways, and its accessibility tree is as
approved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from itertools import count
from pathlib import Path
from random import Random
from secrets import token_urlsafe
from types import SimpleNamespace
from typing import Any, Self

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext

from app.accommodations import decisions
from app.accommodations import services as accommodations
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role, StaffUser
from app.audit import Actor
from app.batches import Batch, SetAside
from app.captions.models import PromptMedia
from app.clock import now
from app.compliance import erasure_run, holds
from app.extensions import db
from app.interviews import separation
from app.interviews.models import Attempt, InterviewState, Question
from app.recording.models import Answer
from app.review import score_services
from app.review.score_services import Opinion
from app.sealing import get_sealer
from app.status_routes import PARTS
from app.transaction import transaction
from tests import factories
from tests.answer_factories import make_captioned_answer, make_captioned_take, make_cue
from tests.browser.axe import axe_problems
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.nu import nu_problems
from tests.browser.trees import SOMEWHERE, TREES, tree_problems
from tests.factories import ANSWER, NOON, make_attempt, make_interview, make_invitation, make_user

pytestmark = pytest.mark.timeout(300)
NO_PAGES = {"accounts.home", "captions.download", "captions.track_file", "health.healthz", "health.metrics", "health.readyz", "pages.front",
            "people.certificate_file", "prompts.captions", "prompts.media", "prompts.original", "recording.media", "recording.original",
            "recording.takes",
            "static"}  # fmt: skip
"""Endpoints that answer a GET request with a redirect, a partial or a file."""
HOUR = timedelta(hours=1)
PERSONS = ("nobody", "candidate", "declined", "finished", "reviewer", "scorer", "coordinator", "compliance")
WIDTHS = (1280, 320)
WIDTHS_TO_LOOK_AT = (1280, 390)
LOOKS = {"light": {}, "dark": {"color_scheme": "dark"}, "forced": {"forced_colors": "active"}}
"""Browser context settings for light, dark and forced colours."""
SCREENS = Path(__file__).parent.parent.parent / "var" / "screens"
"""The folder for screenshots that `make screens` takes. No test compares them, because fonts differ between machines.
"""
DIRECTIONS = {"en": "ltr", "ar": "rtl"}
SPEAKS = "() => [document.documentElement.lang, document.documentElement.dir]"
SCROLLS_SIDEWAYS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


def _set_aside(subject: str) -> SetAside:
    times = {"first_at": NOON, "last_at": NOON, "next_at": NOON + HOUR}
    return SetAside(batch=str(Batch.FILES), subject=subject, problem="PermissionError", tries=3, **times)


class World:
    """One person of each role, an interview in which one candidate has sent and one has started, and the ids for all
    addresses.
    """

    def __init__(self) -> None:
        self.reviewer, self.compliance = make_user(Role.REVIEWER), make_user(Role.COMPLIANCE)
        self.coordinator = make_user(Role.COORDINATOR)
        self.interview = make_interview(reviewers=[self.reviewer])
        self.draft = make_interview(state=InterviewState.DRAFT)
        self.invitation, self.token = make_invitation(self.interview)
        self._give_a_prompt_to(self.interview.questions[0], self.draft.questions[1])
        self.begun = make_attempt(self.interview)
        self.sent, self.answer_id = self._finished()
        self.kept = make_captioned_take(self.begun)
        self.request_id = self._asked()
        self.erased = self._erased()
        self.scorer = make_user(Role.REVIEWER)
        self.scored_id = self._scored()

    def _give_a_prompt_to(self, *questions: Question) -> None:
        captions = "WEBVTT\n\n00:00:00.000 --> 00:00:05.000\nTell us about a night\n"
        with transaction() as session:
            for question in questions:
                prompt = PromptMedia(
                    question_id=question.id, key=f"prompts/{question.id}/x/prompt.webm", content_type="video/webm",
                    size=1, duration_ms=5000, has_video=True, has_audio=True, captions=captions, made_at=NOON,
                )  # fmt: skip
                session.add(prompt)

    def _finished(self) -> tuple[Attempt, str]:
        attempt = make_attempt(self.interview, submitted_at=NOON, receipt="ABCD-EFGH-2345")
        said = make_cue("I showed the visitors around the harbour", unsure=["harbour"])
        answer = make_captioned_answer(said, make_cue("until the rain came", 3000), attempt=attempt, recording=ANSWER)
        with transaction() as session:
            found, by = session.get_one(Answer, answer.id), session.get_one(StaffUser, self.reviewer.id)
            score_services.save_draft(session, by, found, Opinion(None, "Clear and kind.", 0), now=NOON)
        return attempt, answer.id

    def _scored(self) -> str:
        attempt = make_attempt(make_interview(reviewers=[self.scorer], questions=1), submitted_at=NOON)
        answer = make_captioned_answer("We sailed out", attempt=attempt)
        with transaction() as session:
            found, by = session.get_one(Answer, answer.id), session.get_one(StaffUser, self.scorer.id)
            score_services.hand_in(session, by, found, Opinion(None, "Clear and kind.", 0), now=NOON)
        return answer.id

    def _asked(self) -> str:
        wishes = [Given(Kind.RECORDING_TIME, None), Given(Kind.RETAKES, 2)]
        with transaction() as session:
            attempt = session.merge(self.begun)
            accommodations.ask(session, attempt, wishes, "A quiet hour.", sealer=get_sealer(), now=NOON)
            decided, waits = accommodations.requests_of(session, attempt.id)
            by = {"user": session.merge(self.coordinator), "sealer": get_sealer(), "now": NOON + 2 * HOUR}
            decisions.grant(session, decided.id, Given(Kind.RECORDING_TIME, 300), "Three times as long.", **by)
            return waits.id

    def _erased(self) -> str:
        invitation, _token = make_invitation(self.draft)
        officer = Actor("staff", self.compliance.id)
        erasure_run.erase(invitation.id, actor=officer, now=NOON)
        with transaction() as session:
            held = session.merge(self.draft)
            holds.place(session, held, "A case.", sealer=get_sealer(), actor=officer, now=NOON)
            by = session.merge(self.compliance)
            separation.give_exception(session, held, session.merge(self.coordinator), "A small team.", by=by, now=NOON)
            session.add(_set_aside(self.reviewer.id))
        return invitation.id

    def pages(self) -> dict[str, list[tuple[str, dict[str, Any]]]]:
        """Return the pages that each person can open, each as (endpoint, values for its address)."""
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
                ("scores.hand_in", {"answer_id": self.answer_id}),
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
            "scorer": [("reopening.reopen", {"answer_id": self.scored_id})],
            "coordinator": [
                ("manage.interviews", {}),
                ("manage.new_interview", {}),
                ("manage.interview", interview),
                ("manage.change_interview", draft),
                ("rubrics.scoring", interview),
                ("manage.new_question", draft),
                ("manage.change_question", of_draft),
                ("manage.remove_question", of_draft),
                ("prompts.edit", of_draft),
                ("prompts.edit", {**draft, "question_id": self.draft.questions[1].id}),
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
                ("reviewers.exceptions", draft),
                ("status.status", {}),
            ],
        }

    def session_of(self, person: str) -> dict[str, Any]:
        """Return the values of this person's session cookie."""
        if person == "declined":
            return {"attempt": make_attempt(self.interview, consented_at=None, declined_at=NOON).id}
        attempts = {"candidate": self.begun, "finished": self.sent}
        if person in attempts:
            return {"attempt": attempts[person].id}
        user: StaffUser | None = getattr(self, person, None)
        return {"user": user.id, "epoch": user.session_epoch, "since": now().timestamp()} if user else {}


class Noon(datetime):
    """A clock fixed at noon, so that no page depends on the current date."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls(2026, 11, 20, 12, 0, tzinfo=tz)


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("app.clock.datetime", Noon)
    monkeypatch.setattr("app.health.states", lambda: {**dict.fromkeys(PARTS, "ok"), "redis": "unavailable"})
    monkeypatch.setattr(factories, "_numbers", count(1))
    ids = count(1)  # ids in ascending order, so that lists sorted by id are in the order of creation
    counted = SimpleNamespace(
        token_bytes=lambda size: next(ids).to_bytes(size, "big"),
        token_urlsafe=token_urlsafe,
        choice=Random(1).choice,  # so that receipts and references are the same in every run
    )
    monkeypatch.setattr("app.ids.secrets", counted)
    return World()


@pytest.fixture
def contexts(launch: Callable[..., Browser], live_server: LiveServer) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []

    def open_for(*, look: str = "light", **session: Any) -> BrowserContext:
        context = launch().new_context(base_url=live_server.url, **SOMEWHERE, **LOOKS[look])
        opened.append(context)
        context.route("**/interview/connection", lambda route: route.abort())  # its result depends on the machine
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


def test_every_approved_tree_belongs_to_a_page_or_state(world: World) -> None:
    named = {name for pages in world.pages().values() for name in names_of(pages)}
    tests = "".join(path.read_text(encoding="utf-8") for path in TREES.parent.glob("test_*.py"))
    kept = {path.stem for path in TREES.glob("*.yml")}
    assert named <= kept
    assert {name for name in kept - named if f'"{name}"' not in tests} == set()


def names_of(pages: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return the file name of each page's approved tree: the endpoint, with "-2" and so on if it is visited again."""
    visits: Counter[str] = Counter()
    names = []
    for endpoint, _values in pages:
        visits[endpoint] += 1
        names.append(endpoint if visits[endpoint] == 1 else f"{endpoint}-{visits[endpoint]}")
    return names


@pytest.mark.trees
@pytest.mark.parametrize("language", sorted(DIRECTIONS))
@pytest.mark.parametrize("person", PERSONS)
def test_no_checker_finds_anything_and_nothing_scrolls_sideways(
    app: Flask, world: World, contexts: Callable[..., BrowserContext], person: str, language: str
) -> None:
    page = contexts(**world.session_of(person), language=language).new_page()
    problems = []
    pages = world.pages()[person]
    for name, (endpoint, values) in zip(names_of(pages), pages, strict=True):
        path = address(app, endpoint, values)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            answer = page.goto(path)
            assert answer
            assert answer.ok, f"{endpoint}: {answer.status}"
            assert page.url.endswith(path), f"{endpoint} leads to {page.url}"
            assert page.evaluate(SPEAKS) == [language, DIRECTIONS[language]]
            is_whole = (language, width) == ("en", 1280)
            found = [*nu_problems(answer.text()), *problems_of(page)] if is_whole else axe_problems(page)
            problems += [f"{endpoint} at {width}: {problem}" for problem in found]
            problems += [f"{endpoint} at {width}: scrolls sideways"] if page.evaluate(SCROLLS_SIDEWAYS) else []
            problems += tree_problems(page, name) if is_whole else []
    assert problems == [], "\n".join(problems)


@pytest.mark.screens
@pytest.mark.parametrize("look", sorted(LOOKS))
@pytest.mark.parametrize("person", PERSONS)
def test_screenshot_of_every_page_is_taken(
    app: Flask, world: World, contexts: Callable[..., BrowserContext], person: str, look: str
) -> None:
    page = contexts(**world.session_of(person), look=look).new_page()
    pages = world.pages()[person]
    for name, (endpoint, values) in zip(names_of(pages), pages, strict=True):
        for width in WIDTHS_TO_LOOK_AT:
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address(app, endpoint, values), wait_until="networkidle")
            file = SCREENS / f"{person}.{name}-{width}-{look}.png"
            page.screenshot(path=file, full_page=True, animations="disabled")
            assert file.stat().st_size > 0


def test_printed_compliance_page_has_no_buttons(
    app: Flask, world: World, contexts: Callable[..., BrowserContext]
) -> None:
    page = contexts(**world.session_of("compliance")).new_page()
    pages = dict(world.pages()["compliance"])
    for endpoint in ("people.person", "reports.report", "retention.overview"):
        page.goto(address(app, endpoint, pages[endpoint]))
        buttons = page.locator("main button:visible")
        assert buttons.count() > 0, f"{endpoint} has no button to leave out"
        page.emulate_media(media="print")
        assert buttons.count() == 0, f"{endpoint} prints its buttons"
        assert page.locator("main h1").is_visible()
        page.emulate_media(media="screen")


@pytest.mark.trees
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/nowhere", "error.nowhere"),
        ("/i/invented", "error.invitation"),
        ("/interview/questions/another", "error.question"),
        ("/media/another", "error.media"),
    ],
)
def test_no_checker_finds_anything_on_the_pages_of_errors(
    world: World, contexts: Callable[..., BrowserContext], path: str, name: str
) -> None:
    page = contexts(**world.session_of("candidate")).new_page()
    answer = page.goto(path)
    assert answer
    assert answer.status == 404
    assert problems_of(page) + tree_problems(page, name) == []


@pytest.mark.trees
@pytest.mark.parametrize(
    ("person", "endpoint", "name"),
    [
        ("nobody", "accounts.sign_in_page", "accounts.sign_in_page.wrong"),
        ("coordinator", "manage.new_interview", "manage.new_interview.wrong"),
        ("coordinator", "invitations.new_invitation", "invitations.new_invitation.wrong"),
        ("candidate", "recording.file_page", "recording.file_page.wrong"),
        ("compliance", "reviewers.exceptions", "reviewers.exceptions.wrong"),
    ],
)
def test_no_checker_finds_anything_on_a_form_that_was_sent_empty(
    app: Flask, world: World, contexts: Callable[..., BrowserContext], person: str, endpoint: str, name: str
) -> None:
    page = contexts(**world.session_of(person)).new_page()
    values = dict(world.pages()[person])[endpoint]
    page.goto(address(app, endpoint, values))
    page.locator("main form").last.evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    page.locator(".error-summary").wait_for()
    assert page.title().startswith("Error: ")
    assert problems_of(page) + tree_problems(page, name) == []


CYRILLIC = "1\n00:00:00,500 --> 00:00:02,000\nПривет всем\n\n2\n00:00:03,000 --> 00:00:04,500\nНочью в порту\n"
CAPTIONS_FILE = {"name": "night.srt", "mimeType": "text/plain", "buffer": CYRILLIC.encode("cp1251")}


@pytest.mark.trees
@pytest.mark.parametrize("language", sorted(DIRECTIONS))
@pytest.mark.parametrize(
    ("person", "endpoint", "files", "name"),
    [
        ("reviewer", "captions.import_page", {"file": CAPTIONS_FILE}, "captions.encoding"),
        ("coordinator", "prompts.edit", {"file": ANSWER, "captions": CAPTIONS_FILE}, "manage.prompt_captions"),
    ],
)
def test_no_checker_finds_anything_where_the_encoding_of_captions_is_asked_for(
    app: Flask, world: World, contexts: Callable[..., BrowserContext], person: str, endpoint: str,
    files: dict[str, Any], name: str, language: str,
) -> None:  # fmt: skip
    page = contexts(**world.session_of(person), language=language).new_page()
    page.goto(address(app, endpoint, dict(world.pages()[person])[endpoint]))
    for field, file in files.items():
        page.locator(f"#{field}").set_input_files(file)
    page.locator("form:has(#file) button[type=submit]").click()
    page.locator("#encoding").wait_for()
    is_whole = language == "en"
    problems = problems_of(page) + tree_problems(page, name) if is_whole else axe_problems(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert problems + axe_problems(page) == []
    assert not page.evaluate(SCROLLS_SIDEWAYS)

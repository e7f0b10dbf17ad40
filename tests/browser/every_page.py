"""The list of all pages and of the persons that open them, and the people, interviews and answers on those pages."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, tzinfo
from typing import Any, Self

from flask import Flask

from app.accommodations import decisions
from app.accommodations import services as accommodations
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role, StaffUser
from app.audit import Actor
from app.batches import Batch, SetAside
from app.captions.models import QuestionMedia
from app.clock import now
from app.compliance import erasure_run, holds
from app.extensions import db
from app.interviews import separation
from app.interviews.models import Attempt, InterviewState, Question
from app.recording.models import Answer
from app.review import score_services
from app.review.score_services import ScoreInput
from app.sealing import get_sealer
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer, make_captioned_take, make_cue
from tests.factories import ANSWER, NOON, make_attempt, make_interview, make_invitation, make_user

NO_PAGES = {"accounts.home", "captions.download", "captions.track_file", "health.healthz", "health.metrics", "health.readyz", "pages.front",
            "people.certificate_file", "question_media.captions", "question_media.media", "question_media.original",
            "recording.media", "recording.original",
            "recording.sentences", "recording.takes", "recording.whole_media",
            "interview.check_answers", "static"}  # fmt: skip
"""Endpoints that answer a GET request with a redirect, a partial or a file."""
HOUR = timedelta(hours=1)
PERSONS = ("nobody", "candidate", "declined", "finished", "reviewer", "scorer", "coordinator", "compliance")
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
        self._give_media_to(self.interview.questions[0], self.draft.questions[1])
        self.begun = make_attempt(self.interview)
        self.sent, self.answer_id = self._finished()
        self.kept = make_captioned_take(self.begun)
        self.request_id = self._asked()
        self.erased = self._erased()
        self.scorer = make_user(Role.REVIEWER)
        self.scored_id = self._scored()

    def _give_media_to(self, *questions: Question) -> None:
        captions = "WEBVTT\n\n00:00:00.000 --> 00:00:05.000\nTell us about a night\n"
        with transaction() as session:
            for question in questions:
                prompt = QuestionMedia(
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
            score_services.save_draft(session, by, found, ScoreInput(None, "Clear and kind.", 0), now=NOON)
        return attempt, answer.id

    def _scored(self) -> str:
        attempt = make_attempt(make_interview(reviewers=[self.scorer], questions=1), submitted_at=NOON)
        answer = make_captioned_answer("We sailed out", attempt=attempt)
        with transaction() as session:
            found, by = session.get_one(Answer, answer.id), session.get_one(StaffUser, self.scorer.id)
            score_services.hand_in(session, by, found, ScoreInput(None, "Clear and kind.", 0), now=NOON)
        unclear = make_attempt(attempt.interview, submitted_at=NOON)
        make_captioned_answer("Gibberish wobbles", attempt=unclear, recording=ANSWER, verdict="not understood")
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
                ("recording.device_check", {}),
                ("recording.practice", {}),
                ("recording.question_page", question),
                ("recording.file_page", question),
                ("recording.written_page", question),
                ("captions.own_captions", {"take_id": self.kept.id}),
                ("recording.trim_page", {"take_id": self.kept.id}),
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
                ("question_media.edit", {**of_draft, "role": "main"}),
                ("question_media.edit", {**draft, "question_id": self.draft.questions[1].id, "role": "main"}),
                ("question_media.edit", {**of_draft, "role": "sign"}),
                ("invitations.invitations", interview),
                ("invitations.new_invitation", interview),
                ("invitations.cancel_invitation", {**interview, "invitation_id": self.invitation.id}),
                ("decisions.queue", {}),
                ("decisions.decide", {"request_id": self.request_id}),
                ("decisions.candidate", {"invitation_id": self.begun.invitation_id}),
                ("decisions.policy", interview),
                ("captions.needed_captions", {}),
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


def address(app: Flask, endpoint: str, values: dict[str, Any]) -> str:
    with app.test_request_context():
        return app.url_for(endpoint, **values)


def names_of(pages: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return the file name of each page's approved tree: the endpoint, with "-2" and so on if it is visited again."""
    visits: Counter[str] = Counter()
    names = []
    for endpoint, _values in pages:
        visits[endpoint] += 1
        names.append(endpoint if visits[endpoint] == 1 else f"{endpoint}-{visits[endpoint]}")
    return names

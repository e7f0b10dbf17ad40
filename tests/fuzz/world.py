"""Makes one object of each kind, so that a request with one invalid value is refused only because of that value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask

from app import clock
from app.accommodations import services as accommodations
from app.accommodations.models import AccommodationRequest, Grant
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role
from app.audit import Actor
from app.captions.question_versions import MediaRole
from app.compliance import holds
from app.extensions import db
from app.ids import new_id
from app.interviews.models import Attempt, Invitation
from app.recording.models import Upload
from app.review.models import Note
from app.sealing import get_sealer
from tests.answer_factories import make_captioned_answer, make_captioned_take
from tests.factories import enter, make_attempt, make_interview, make_invitation, make_take, make_user, sign_in
from tests.page_check import CheckingClient
from tests.writing import in_one_transaction, writing

WHO = ("nobody", "candidate", *map(str, Role))


@dataclass(frozen=True, slots=True)
class World:
    """A browser with a signed-in person, and the possible values for addresses by parameter name."""

    client: CheckingClient
    cookie: str
    token: str
    """The form token of the first session. It is stored here because a request may end the session."""
    values: dict[str, list[Any]]


def make_world(app: Flask, who: str) -> World:
    """Make one object of each kind, and a browser in which `who` is signed in."""
    with in_one_transaction():
        staff = make_user(Role.REVIEWER if who in ("nobody", "candidate") else Role(who))
        reviewers = [staff] if Role.REVIEWER in staff.roles else []
        interview = make_interview(reviewers=reviewers, deadline_at=clock.now() + timedelta(days=3))
        sent = make_attempt(interview, submitted_at=clock.now())
        answer = make_captioned_answer("I led a team", "of four people", attempt=sent)
        attempt = make_attempt(interview)
        take = make_captioned_take(attempt)
        running = make_take(attempt, interview.questions[1])
        invitation, token = make_invitation(interview)
        upload = Upload(
            id=new_id(), take_id=running.id, segment=1, offset=0, created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=7),
        )  # fmt: skip
        note = Note(answer_id=answer.id, reviewer_id=staff.id, at_ms=1, text="a note", created_at=clock.now())
        with writing() as session:
            session.add_all([upload, note])
        request_ids, grant_ids = _ask(attempt)
        hold_id = _hold(invitation.id, staff.id)
    values = {
        "interview_id": [interview.id],
        "question_id": [question.id for question in interview.questions],
        "invitation_id": [sent.invitation_id, attempt.invitation_id, invitation.id],
        "request_id": request_ids,
        "grant_id": grant_ids,
        "take_id": [answer.take_id, take.id, running.id],
        "upload_id": [upload.id],
        "answer_id": [answer.id],
        "note_id": [note.id],
        "hold_id": [hold_id],
        "user_id": [staff.id],
        "token": [token],
        "number": [1],
        "kind": ["csv", "json"],
        "filename": ["css/base.css"],
        "name": ["sentences", "upload_sentences"],
        "language": ["en", "ar"],
        "version": ["0123abcd"],
        "role": [str(MediaRole.SIGN), str(MediaRole.DESCRIBED)],
    }
    client: Any = app.test_client()
    if who == "candidate":
        enter(client, attempt)
    elif who != "nobody":
        sign_in(client, staff)
    form_token = client.form_token()
    return World(client, client.get_cookie("fairtake").value, form_token, values)


def _ask(attempt: Attempt) -> tuple[list[str], list[str]]:
    with writing() as session:
        found = session.get_one(Attempt, attempt.id)
        wishes = [Given(Kind.RECORDING_TIME, 150), Given(Kind.RECORDING_TIME, 300), Given(Kind.OTHER)]
        accommodations.ask(session, found, wishes, "please", sealer=get_sealer(), now=clock.now())
    requests = db.session.query(AccommodationRequest.id).filter_by(attempt_id=attempt.id)
    grants = db.session.query(Grant.id).filter_by(attempt_id=attempt.id)
    return [row.id for row in requests], [row.id for row in grants]


def _hold(invitation_id: str, staff_id: str) -> str:
    with writing() as session:
        on, actor = session.get_one(Invitation, invitation_id), Actor("staff", staff_id)
        return holds.place(session, on, "a case", sealer=get_sealer(), actor=actor, now=clock.now()).id

"""Builders for test data. Each builder writes in its own transaction (tests/writing.py) and returns the object."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from app.accounts.models import Role, RoleGrant, StaffUser
from app.accounts.services import password_hasher
from app.ids import hash_token, new_id, new_token
from app.interviews.models import Attempt, Interview, InterviewState, Invitation, Question
from app.interviews.rules import CONSENT_VERSION
from app.recording.models import Take, Upload, UploadPart
from app.storage import get_storage
from tests.writing import writing

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ANSWER = Path(__file__).parent.parent / "demo" / "answers" / "answer-1.webm"
PASSWORD = "correct horse battery"
_numbers = count(1)
_hash = password_hasher.hash(PASSWORD)


def make_user(*roles: Role, **fields: Any) -> StaffUser:
    """Make a member of staff whose password is PASSWORD."""
    number = next(_numbers)
    fields = {"email": f"person{number}@example.org", "name": f"Person {number}", **fields}
    user = StaffUser(password_hash=_hash, created_at=NOON, **fields)
    user.grants = [RoleGrant(role=str(role)) for role in roles]
    with writing() as session:
        session.add(user)
    return user


def make_interview(
    *,
    questions: int = 3,
    reviewers: Collection[StaffUser] = (),
    state: InterviewState = InterviewState.OPEN,
    **fields: Any,
) -> Interview:
    """Make an open interview with a few questions of two minutes and two retakes."""
    interview = Interview(**{"title": "Harbour guide", "created_at": NOON, "state": str(state), **fields})
    interview.questions = [make_question_row(position) for position in range(1, questions + 1)]
    with writing() as session:
        interview.reviewers = [session.merge(user) for user in reviewers]
        session.add(interview)
    return interview


def make_question_row(position: int, **fields: Any) -> Question:
    """Return a question that is not added to the database yet."""
    defaults = {
        "prompt": f"Question number {position}?",
        "thinking_seconds": 60,
        "recording_seconds": 120,
        "retakes": 2,
    }
    return Question(position=position, **{**defaults, **fields})


def make_invitation(interview: Interview | None = None, **fields: Any) -> tuple[Invitation, str]:
    """Make an invitation. Return it with the token of its link."""
    interview = interview or make_interview()
    token, number = new_token(), next(_numbers)
    invitation = Invitation(
        **{
            "interview_id": interview.id,
            "candidate_name": f"Candidate {number}",
            "candidate_email": f"candidate{number}@example.org",
            "token_hash": hash_token(token),
            "created_at": NOON,
            **fields,
        }
    )
    with writing() as session:
        session.add(invitation)
    return invitation, token


def make_attempt(interview: Interview | None = None, **fields: Any) -> Attempt:
    """Make the attempt of a candidate who has consented."""
    invitation, _ = make_invitation(interview)
    attempt = Attempt(
        **{
            "invitation_id": invitation.id,
            "started_at": NOON,
            "consented_at": NOON,
            "consent_version": CONSENT_VERSION,
            "preferences": {},
            **fields,
        }
    )
    with writing() as session:
        session.add(attempt)
    return attempt


def make_take(attempt: Attempt | None = None, question: Question | None = None, **fields: Any) -> Take:
    """Make a new take. A complete take is also closed, as if all of its bytes had arrived."""
    attempt = attempt or make_attempt()
    question = question or attempt.interview.questions[0]
    limits = {"recording_seconds": 120, "thinking_seconds": 60, "retakes": 2}
    take = Take(
        **{
            "attempt_id": attempt.id,
            "question_id": question.id,
            "number": 1,
            "kind": "video",
            "limits": limits,
            "started_at": NOON,
            "closed_at": fields.get("complete_at"),
            **fields,
        }
    )
    with writing() as session:
        session.add(take)
    return take


def sign_in(client: FlaskClient, user: StaffUser) -> None:
    """Sign in a member of staff without using the form."""
    from app.clock import now

    with client.session_transaction() as session:
        session.clear()
        session.update(user=user.id, epoch=user.session_epoch, since=now().timestamp())
        session.permanent = True


def enter(client: FlaskClient, attempt: Attempt) -> None:
    """Open an attempt in this browser without using the invitation link."""
    with client.session_transaction() as session:
        session.clear()
        session["attempt"] = attempt.id
        session.permanent = True


def make_uploaded_take(
    *, content: bytes | None = None, cut: int | None = None, part: int = 64 * 1024, **fields: Any
) -> Take:
    """Make a stopped take whose bytes are in storage, in parts as after an upload.

    `content` is the recording (by default a seeded answer). `cut` is the number of bytes that arrived.
    """
    recording = ANSWER.read_bytes() if content is None else content
    recording = recording[:cut]
    take = make_take(stopped_at=NOON, complete_at=NOON, recorded_ms=10_000, **fields)
    add_segment(take, recording, part=part)
    return take


def add_segment(take: Take, recording: bytes, *, part: int = 64 * 1024) -> None:
    """Add another complete segment to a take."""
    upload = Upload(
        take_id=take.id,
        segment=len(take.uploads) + 1,
        length=len(recording),
        offset=len(recording),
        created_at=NOON,
        expires_at=NOON + timedelta(days=7),
    )
    for start in range(0, len(recording), part):
        piece = recording[start : start + part]
        key = f"uploads/{take.id}/{start}-{new_id()}"
        get_storage().put(key, piece)
        upload.parts.append(UploadPart(start=start, size=len(piece), sha256=sha256(piece).hexdigest(), key=key))
    with writing() as session:
        session.add(upload)

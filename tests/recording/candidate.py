"""A simulated browser of a candidate: JSON requests to the take routes, and tus uploads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from app.audit import AuditEvent
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Take
from app.transaction import transaction
from tests.factories import enter
from tests.page_check import CheckingClient
from tests.recording.uploading import Tus, checksum

RECORDING = b"\x1aE\xdf\xa3 webm of a few bytes"
"""Bytes that begin like a recording. Files that begin differently are refused."""
SIZE = len(RECORDING)
RECORDER = "the-recorder-of-this-page"


class Candidate:
    """A recorder: it sends JSON to the take routes, and uploads bytes by tus. `recorder` is its name."""

    def __init__(self, client: CheckingClient, attempt: Attempt, recorder: str = RECORDER):
        enter(client, attempt)
        self.client, self.tus, self.recorder = client, Tus(client), recorder
        self.questions = [question.id for question in attempt.interview.questions]

    def post(self, address: str, body: Any) -> TestResponse:
        """Send a POST request with JSON, as the recorder does."""
        headers = {"X-CSRFToken": self.client.form_token(), "Accept": "application/json"}
        return self.client.post(address, json=body, headers=headers)

    def start(self, question: int = 0, kind: str = "video") -> TestResponse:
        """Press Start."""
        return self.post(
            f"/interview/questions/{self.questions[question]}/takes", {"kind": kind, "recorder": self.recorder}
        )

    def begin(self, question: int = 0) -> Take:
        """Press Start. Return the new take."""
        response = self.start(question)
        assert response.status_code in (200, 201), response.text
        assert response.json is not None
        return db.session.get_one(Take, response.json["take_id"])

    def stop(self, take: Take, *segments: tuple[int, int], reason: str = "stopped") -> TestResponse:
        """Send a stop report. `segments` are pairs of segment number and number of bytes."""
        listed = [{"segment": number, "bytes": size, "recorded_ms": 1000} for number, size in segments]
        return self.post(
            f"/interview/takes/{take.id}/stop",
            {"recorded_ms": 1000, "reason": reason, "segments": listed, "recorder": self.recorder},
        )

    def send(self, take: Take, body: bytes = RECORDING, *, segment: int = 1, ended: bool = True) -> str:
        """Upload a whole segment. Returns the address of the upload."""
        address = self.begin_segment(take, segment)
        end = {"Upload_Length": len(body)} if ended else {}
        assert self.tus.patch(address, 0, body, Upload_Checksum=checksum(body), **end).status_code == 204
        return address

    def begin_segment(self, take: Take, segment: int = 1) -> str:
        """Begin the upload of a segment. Returns the address of the upload."""
        named = {"segment": str(segment), "session": f"session {segment}", "recorder": self.recorder}
        return self.tus.begin(take, **named)

    def record(self, question: int = 0) -> Take:
        """Record a take: start, upload everything, and stop."""
        take = self.begin(question)
        self.send(take)
        assert self.stop(take, (1, len(RECORDING))).status_code == 200
        return fresh(take)

    def takes(self, question: int = 0) -> list[dict[str, Any]]:
        """Return the takes of a question, as the route gives them in JSON."""
        address = f"/interview/questions/{self.questions[question]}/takes"
        response = self.client.get(address, headers={"Accept": "application/json"})
        assert response.json is not None
        return list(response.json["takes"])

    def keep(self, take: Take, **headers: str) -> TestResponse:
        """Choose a take as the answer, with the form on the page."""
        return self.client.submit(f"/interview/takes/{take.id}/keep", headers=headers)


def fresh(take: Take) -> Take:
    """Return the current state of a take from the database."""
    db.session.rollback()
    return db.session.get_one(Take, take.id)


def go_on(device: Candidate, take: Take) -> None:
    """Continue an interrupted take on this device."""
    assert device.post(f"/interview/takes/{take.id}/continue", {"recorder": device.recorder}).status_code == 200


def actions_on(subject_id: str) -> list[str]:
    """Return the actions in the audit log for an object."""
    return list(
        db.session.scalars(
            select(AuditEvent.action).where(AuditEvent.subject_id == subject_id).order_by(AuditEvent.number)
        )
    )


def change_attempt(attempt: Attempt, **fields: Any) -> None:
    """Set fields of an attempt."""
    with transaction() as session:
        for name, value in fields.items():
            setattr(session.get_one(Attempt, attempt.id), name, value)

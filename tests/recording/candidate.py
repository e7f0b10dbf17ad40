"""A candidate's browser without a browser: JSON to the take routes as the recorder sends it, tus for the bytes."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Take
from tests.factories import enter
from tests.page_check import CheckingClient
from tests.recording.uploading import Tus, checksum

RECORDING = b"\x1aE\xdf\xa3 webm of a few bytes"
"""What begins like a recording: nothing else becomes a take."""
RECORDER = "the-recorder-of-this-page"


class Candidate:
    """A recorder: JSON to the take routes, tus for the bytes. `recorder` is the name that it gives itself."""

    def __init__(self, client: CheckingClient, attempt: Attempt, recorder: str = RECORDER):
        enter(client, attempt)
        self.client, self.tus, self.recorder = client, Tus(client), recorder
        self.questions = [question.id for question in attempt.interview.questions]

    def post(self, address: str, body: Any) -> TestResponse:
        """POST JSON as the recorder does."""
        headers = {"X-CSRFToken": self.client.form_token(), "Accept": "application/json"}
        return self.client.post(address, json=body, headers=headers)

    def start(self, question: int = 0, kind: str = "video") -> TestResponse:
        """Press Start."""
        return self.post(
            f"/interview/questions/{self.questions[question]}/takes", {"kind": kind, "recorder": self.recorder}
        )

    def begin(self, question: int = 0) -> Take:
        """Press Start, and return the take."""
        response = self.start(question)
        assert response.status_code in (200, 201), response.text
        assert response.json is not None
        return db.session.get_one(Take, response.json["take_id"])

    def stop(self, take: Take, *segments: tuple[int, int], reason: str = "stopped") -> TestResponse:
        """Stop; segments are (number, bytes)."""
        listed = [{"segment": number, "bytes": size, "recorded_ms": 1000} for number, size in segments]
        return self.post(
            f"/interview/takes/{take.id}/stop",
            {"recorded_ms": 1000, "reason": reason, "segments": listed, "recorder": self.recorder},
        )

    def send(self, take: Take, body: bytes = RECORDING, *, segment: int = 1, ended: bool = True) -> str:
        """Send a whole segment, and return the address of its upload."""
        address = self.begin_segment(take, segment)
        end = {"Upload_Length": len(body)} if ended else {}
        assert self.tus.patch(address, 0, body, Upload_Checksum=checksum(body), **end).status_code == 204
        return address

    def begin_segment(self, take: Take, segment: int = 1) -> str:
        """Begin the upload of a segment, and return its address."""
        named = {"segment": str(segment), "session": f"session {segment}", "recorder": self.recorder}
        return self.tus.begin(take, **named)

    def record(self, question: int = 0) -> Take:
        """Start, send everything and stop."""
        take = self.begin(question)
        self.send(take)
        assert self.stop(take, (1, len(RECORDING))).status_code == 200
        return fresh(take)

    def takes(self, question: int = 0) -> list[dict[str, Any]]:
        """Ask where the takes of a question stand."""
        address = f"/interview/questions/{self.questions[question]}/takes"
        response = self.client.get(address, headers={"Accept": "application/json"})
        assert response.json is not None
        return list(response.json["takes"])

    def keep(self, take: Take, **headers: str) -> TestResponse:
        """Choose a take by its form."""
        return self.client.submit(f"/interview/takes/{take.id}/keep", headers=headers)


def fresh(take: Take) -> Take:
    """Return a take as it is in the database now."""
    db.session.rollback()
    return db.session.get_one(Take, take.id)

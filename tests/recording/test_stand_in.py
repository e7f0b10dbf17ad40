"""The simulated server of the browser tests responds to the recorder in the same way as the application."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from app.interviews.models import InterviewState
from tests.browser.fake_tus import FakeServer
from tests.factories import enter, make_attempt, make_interview
from tests.page_check import CheckingClient
from tests.recording.candidate import RECORDING
from tests.recording.uploading import PART_TYPE, VERSION, checksum, coded

SHOWN = ("Upload-Offset", "Upload-Length", "Upload-Defer-Length", "Fairtake-Segment")
"""The response headers that the recorder reads."""
Reply = tuple[int, dict[str, str], Any]


class Line:
    """Sends requests and stores their responses. Addresses of uploads are replaced by names, so that runs can be
    compared.
    """

    def __init__(self, question: str) -> None:
        self.question = question
        self.notes: list[tuple[Any, ...]] = []
        self._names: dict[str, str] = {}

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Send a request. Returns the status, the headers and the JSON of the response."""
        raise NotImplementedError

    def note(
        self, title: str, method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """Send a request and store its response. Returns the status, the headers and the JSON."""
        reply = status, found, said = self.send(method, path, {**VERSION, **(headers or {})}, body)
        shown = {name: found[name] for name in SHOWN if name in found}
        if "Location" in found:
            shown["Location"] = self._names.setdefault(found["Location"], f"upload {len(self._names)}")
        keys = sorted(said) if isinstance(said, dict) and status < 400 else None
        self.notes.append((title, status, shown, keys))
        return reply

    def post(self, title: str, path: str, **said: Any) -> Any:
        """Send a POST request with JSON. Returns the JSON of the response."""
        headers = {"Content-Type": "application/json"}
        return self.note(title, "POST", path, headers=headers, body=json.dumps(said).encode())[2]

    def create(self, title: str, take: str, segment: int, session: str, recorder: str) -> str:
        """Create an upload, as the recorder does. Returns its address."""
        named = {"take": take, "segment": str(segment), "session": session, "recorder": recorder}
        metadata = ",".join(f"{key} {coded(value)}" for key, value in named.items())
        headers = {"Upload-Defer-Length": "1", "Upload-Metadata": metadata}
        return self.note(title, "POST", "/uploads/", headers=headers)[1].get("Location", "")

    def patch(self, title: str, upload: str, offset: int, body: bytes, **more: str) -> None:
        """Send a part."""
        headers = {"Content-Type": PART_TYPE, "Upload-Offset": str(offset), "Fairtake-Recorded-Ms": "1000"}
        headers |= {"Upload-Checksum": checksum(body)} | {name.replace("_", "-"): value for name, value in more.items()}
        self.note(title, "PATCH", upload, headers=headers, body=body)


class RealLine(Line):
    """Sends requests to the application."""

    def __init__(self, client: CheckingClient, question: str) -> None:
        super().__init__(question)
        self.client, self.token = client, client.form_token()

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        answer = self.client.open(
            path, method=method, data=body, headers={**headers, "X-CSRFToken": self.token}, check=False
        )
        return answer.status_code, dict(answer.headers), answer.get_json(silent=True)


class StandInLine(Line):
    """Sends requests to the simulated server."""

    def __init__(self, server: FakeServer) -> None:
        super().__init__("q1")
        self.address = urlsplit(server.url).netloc

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        connection = HTTPConnection(self.address, timeout=60)
        connection.request(method, path, body, {**headers, "X-CSRFToken": "token"})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        is_json = answer.getheader("Content-Type") == "application/json"
        return answer.status, dict(answer.getheaders()), json.loads(content) if is_json else None


@pytest.fixture
def stand_in() -> Iterator[StandInLine]:
    """A connection to a simulated server."""
    server = FakeServer()
    yield StandInLine(server)
    server.close()


@pytest.fixture
def real(app: Flask, client: CheckingClient) -> RealLine:
    """A connection to the application, for a candidate who has given consent."""
    attempt = make_attempt(make_interview(questions=1, state=InterviewState.OPEN))
    enter(client, attempt)
    return RealLine(client, attempt.interview.questions[0].id)


def an_answer_in_two_sessions(line: Line) -> None:
    takes = f"/interview/questions/{line.question}/takes"
    take = line.post("start", takes, kind="audio", recorder="r1")["take_id"]
    line.post("start again before a byte", takes, kind="audio", recorder="r1")
    first = line.create("create", take, 1, "s1", "r1")
    line.create("create again", take, 1, "s1", "r1")
    line.note("where does it stand", "HEAD", first)
    line.patch("first part", first, 0, RECORDING)
    line.patch("the same part again", first, 0, RECORDING)
    line.patch("damaged part", first, len(RECORDING), b"more", Upload_Checksum=checksum(b"other"))
    line.note("nothing has changed", "HEAD", first)
    line.post("continue", f"/interview/takes/{take}/continue", recorder="r1")
    second = line.create("another session with the same number", take, 1, "s2", "r1")
    line.patch("its only part", second, 0, RECORDING, Upload_Length=str(len(RECORDING)))
    line.patch("the end of the first", first, len(RECORDING), b"", Upload_Length=str(len(RECORDING)))
    line.note("it is finished", "HEAD", second)
    segments = [{"segment": number, "bytes": len(RECORDING), "recorded_ms": 1000} for number in (1, 2)]
    report = {"reason": "stopped", "recorded_ms": 2000, "recorder": "r1", "segments": segments}
    line.post("stop", f"/interview/takes/{take}/stop", **report)
    line.post("stop again", f"/interview/takes/{take}/stop", **report)
    line.post("continue after the end", f"/interview/takes/{take}/continue", recorder="r1")
    line.post("another recorder after the end", f"/interview/takes/{take}/continue", recorder="r2")


def two_devices(line: Line) -> None:
    takes = f"/interview/questions/{line.question}/takes"
    take = line.post("start", takes, kind="audio", recorder="phone")["take_id"]
    upload = line.create("create", take, 1, "s1", "phone")
    line.patch("first part", upload, 0, RECORDING)
    line.post("continue on a laptop", f"/interview/takes/{take}/continue", recorder="laptop")
    line.create("the phone begins another session", take, 2, "s2", "phone")
    recovered = line.post("recover", f"/interview/takes/{take}/recover", recorder="phone-2")["take_id"]
    line.post("recover again", f"/interview/takes/{take}/recover", recorder="phone-2")
    line.create("its upload", recovered, 1, "s2", "phone-2")


@pytest.mark.parametrize("conversation", [an_answer_in_two_sessions, two_devices])
def test_small_server_answers_as_the_application_does(real: RealLine, stand_in: StandInLine, conversation: Any) -> None:
    conversation(real)
    conversation(stand_in)
    for said, expected in zip(stand_in.notes, real.notes, strict=True):
        assert said == expected

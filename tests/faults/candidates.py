"""Candidates who record an answer while something fails, and send every request again until it is answered."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from tests.faults.installation import Installation

PATIENCE_SECONDS = 400
"""How long a candidate tries. A browser would try for days; every fault of a test ends within seconds."""
TIMEOUT_SECONDS = 20
TUS = {"Tus-Resumable": "1.0.0"}


class LostBytesError(AssertionError):
    """The server has forgotten bytes that it had acknowledged."""


class Browser:
    """The session of one person: a cookie, and the token for forms."""

    def __init__(self, app: Flask, **session: Any) -> None:
        self.app, self.session = app, {**session, "_permanent": True, "csrf_token": secrets.token_hex(20)}

    def headers(self) -> dict[str, str]:
        """Return the headers that a browser sends after its person has opened the link (again)."""
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        form = URLSafeTimedSerializer(self.app.secret_key or "", salt="wtf-csrf-token")
        return {
            "Cookie": f"fairtake={serializer.dumps(self.session)}",
            "X-CSRFToken": str(form.dumps(self.session["csrf_token"])),
            "Accept": "application/json",
        }


@dataclass
class Answer:
    """An answer that is recorded: its bytes, and what the server has said about it."""

    recording: bytes
    take_id: str = ""
    upload: str = ""
    acknowledged: int = 0
    """How many bytes of the upload the server has acknowledged."""
    is_stopped: bool = False
    problems: list[str] = field(default_factory=list)


class Candidate(threading.Thread):
    """Records one answer: starts a take, sends its parts, and reports its end."""

    def __init__(
        self,
        place: Installation,
        attempt_id: str,
        question_id: str,
        recording: bytes,
        chance: Random,
        *,
        seconds: float,
    ) -> None:
        super().__init__(daemon=True)
        self.place, self.question_id, self.chance = place, question_id, chance
        self.browser = Browser(place.app, attempt=attempt_id)
        self.recorder = secrets.token_hex(8)
        self.answer = Answer(recording)
        self.pause = seconds / (len(recording) // 32_000 + 1)
        self.problem: BaseException | None = None

    def run(self) -> None:
        """Record and send the answer. `problem` is set if that was not possible."""
        try:
            self.answer.take_id = self._start_take()
            self._send_all()
            self._stop()
        except BaseException as problem:  # noqa: BLE001 - it is reported by the thread that waits
            self.problem = problem

    def _start_take(self) -> str:
        path = f"/interview/questions/{self.question_id}/takes"
        body = {"kind": "video", "recorder": self.recorder}
        answer = self._until(lambda: self._json("POST", path, body), (200, 201), "start")
        return str(json.loads(answer[1])["take_id"])

    def _send_all(self) -> None:
        """Send the recording in parts, and ask for the offset after every part without an answer."""
        answer = self.answer
        self._create()
        while answer.acknowledged < len(answer.recording):
            time.sleep(self.pause * self.chance.uniform(0.5, 1.5))
            size = self.chance.randrange(8_000, 56_000)
            part = answer.recording[answer.acknowledged : answer.acknowledged + size]
            status = self._send_part(part)
            if status == 204:
                answer.acknowledged += len(part)
            else:
                self._ask_offset()

    def _create(self) -> None:
        named = {"take": self.answer.take_id, "segment": "1", "session": "one", "recorder": self.recorder}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in named.items())
        headers = {**TUS, "Upload-Defer-Length": "1", "Upload-Metadata": metadata}
        status, _body, got = self._until(lambda: self._request("POST", "/uploads/", headers), (201,), "create")
        self.answer.upload = got["Location"]
        assert status == 201

    def _send_part(self, part: bytes) -> int:
        start = self.answer.acknowledged
        headers = {
            **TUS,
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(start),
            "Upload-Checksum": "sha256 " + base64.b64encode(hashlib.sha256(part).digest()).decode(),
        }
        if start + len(part) == len(self.answer.recording):
            headers["Upload-Length"] = str(len(self.answer.recording))
        try:
            return self._request("PATCH", self.answer.upload, headers, part)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def _ask_offset(self) -> None:
        """Continue where the server says that it is. It may have more than it acknowledged, but never less."""
        ask = lambda: self._request("HEAD", self.answer.upload, TUS)  # noqa: E731
        status, _body, headers = self._until(ask, (200, 404, 410), "ask for the offset")
        offset = int(headers["Upload-Offset"]) if status == 200 else -1
        if offset < self.answer.acknowledged:
            raise LostBytesError(f"acknowledged {self.answer.acknowledged}, now {offset} (status {status})")
        self.answer.acknowledged = offset

    def _stop(self) -> None:
        size = len(self.answer.recording)
        segments = [{"segment": 1, "bytes": size, "recorded_ms": 5000}]
        body = {"recorded_ms": 5000, "reason": "stopped", "segments": segments, "recorder": self.recorder}
        self._until(lambda: self._json("POST", f"/interview/takes/{self.answer.take_id}/stop", body), (200,), "stop")
        self.answer.is_stopped = True

    def _until(self, act: Any, statuses: tuple[int, ...], what: str) -> tuple[int, bytes, Any]:
        """Repeat a request until it is answered with one of the statuses."""
        deadline, last = time.monotonic() + PATIENCE_SECONDS, "no answer"
        while time.monotonic() < deadline:
            try:
                answer: tuple[int, bytes, Any] = act()
                if answer[0] in statuses:
                    return answer
                last = f"{answer[0]}: {answer[1][:200]!r}"
            except (OSError, http.client.HTTPException) as problem:
                last = type(problem).__name__
            time.sleep(self.chance.uniform(0.1, 0.6))
        raise TimeoutError(f"{what}: {last}")

    def _json(self, method: str, path: str, body: Any) -> tuple[int, bytes, Any]:
        return self._request(method, path, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def _request(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, bytes, Any]:
        return request(self.place.port, method, path, {**self.browser.headers(), **headers}, body)


def request(
    port: int, method: str, path: str, headers: dict[str, str], body: bytes = b"", *, timeout: float = TIMEOUT_SECONDS
) -> tuple[int, bytes, Any]:
    """Send one request. Returns the status, the body and the headers of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()

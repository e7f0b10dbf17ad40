"""A small server that stores what a recorder sends, and can simulate connection failures.

It implements the JSON endpoints of a question and the part of tus 1.0 that the recorder needs, and verifies every
checksum. tests/recording/test_stand_in.py compares its responses with those of the application.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader

from app.security import POLICY

APP = Path(__file__).parents[2] / "app"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
PAGES = {
    "/question": "recording/question.html",
    "/practice": "recording/practice.html",
    "/devices": "recording/device_check.html",
    "/tasks": "tasks.html",
}
TASKS = """{% extends "layouts/candidate.html" %}{% set script = "journey" %}{% block title %}Tasks{% endblock %}
{% block main %}<h1>Tasks</h1>{% set recorder_uploads = recorder %}{% include "recording/_uploads.html" %}{% endblock %}"""
QUESTION = {"id": "q1", "position": 1, "prompt": "What did you do yesterday?", "language": None}


def _address(endpoint: str, **values: str) -> str:
    """Return addresses of this server. Templates call this function instead of url_for."""
    return f"/static/{values['filename']}" if endpoint == "static" else f"/stub/{endpoint}"


@dataclass
class FakeUpload:
    """One tus upload: its received bytes and its state."""

    take: str
    metadata: str
    segment: int
    session: str
    data: bytearray = field(default_factory=bytearray)
    length: int | None = None
    recorded_ms: int = 0
    biggest_part: int = 0


class FakeServer:
    """The state of the server and its settings.

    `lossy` is the proportion of requests that get no response. Half of these are processed nevertheless.
    """

    def __init__(self) -> None:
        self.takes: dict[str, dict[str, Any]] = {}
        self.kinds: dict[str, str] = {}
        self.uploads: list[FakeUpload] = []
        self.stops: dict[str, dict[str, Any]] = {}
        self.options: dict[str, Any] = {}
        self.lossy = 0.0
        self.signed_out = False
        self.corrupt_next = False
        self.refuse_uploads = 0
        self.refuse_creation = False
        self.recorders: dict[str, str] = {}
        self.limit_header: str | None = None
        self.requests: list[tuple[str, str, int]] = []
        self.delay_s = 0.0
        self.in_flight = 0
        self.most_in_flight = 0
        self.random = random.Random(7)
        self.lock = threading.RLock()
        loader = ChoiceLoader([DictLoader({"tasks.html": TASKS}), FileSystemLoader(APP / "templates")])
        self.environment = Environment(loader=loader, extensions=["jinja2.ext.i18n"], autoescape=True)
        self.environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
        self.environment.globals.update(
            url_for=_address, csrf_token=lambda: "token", in_language=lambda _tag: "",
            other_languages=list, request={"full_path": "/"},
        )  # fmt: skip
        self.environment.filters["written_moment"] = str
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.http.server_port}"

    def close(self) -> None:
        """Stop the server."""
        self.http.shutdown()
        self.http.server_close()
        self.thread.join(5)

    def segments(self, take: str) -> list[FakeUpload]:
        """Return the uploads of a take, ordered by segment number."""
        return sorted((one for one in self.uploads if one.take == take), key=lambda one: one.segment)

    def island(self) -> dict[str, Any]:
        """Return the JSON data that the real route would give the page."""
        limits = {"recording_seconds": None, "warn_at": [60, 30, 10], "more_time": None}
        island = {
            "owner": "attempt1", "question": "q1", "position": 1, "mode": "answer", "csrf": "token", "kind": "audio",
            "kinds": ["video", "audio", "signed"], "countdown_seconds": 1, "hide_timer": False, "vibrate": False,
            "waits": [
                *((seconds, f"{seconds} seconds after you press") for seconds in (3, 5, 10)), (0, "When you press again"),
            ],
            "quiet_seconds": 0,  # the microphone of most tests is never quiet
            "limits": limits, "thinking": None, "may_record": True, "can_keep": True, "unfinished": self.unfinished(),
            "stopped": list(self.stops), "urls": {
                "takes": "/interview/questions/q1/takes", "take": "/interview/takes/",
                "thinking": "/interview/questions/q1/thinking", "uploads": "/uploads/", "connection": "/interview/connection",
                "countdown": "/interview/preferences/countdown"},
        }  # fmt: skip
        island["limits"].update(self.options.get("limits", {}))
        island.update({key: value for key, value in self.options.items() if key != "limits"})
        return island

    def render(self, path: str) -> str:
        """Render the project's own page template with the data that the real route would give it."""
        recorder = self.island()
        if path != "/question":
            recorder.update(mode="practice", question=None)
        return self.environment.get_template(PAGES[path]).render(
            recorder=recorder, question=QUESTION, question_count=3, limits_words=[], takes=[], retakes_words=None,
            answer_text=None, next_url="/stub/next", other_ways_url="/stub/other", lang="en",
        )  # fmt: skip

    def unfinished(self) -> dict[str, Any] | None:
        """Return the newest take that has bytes but no stop report, or None."""
        for take, made in reversed(self.takes.items()):
            segments = [one for one in self.segments(take) if one.data]
            if take not in self.stops and segments:
                return {**made, "kind": self.kinds[take], "segments": [
                    {"segment": one.segment, "session": one.session, "upload_url": f"/uploads/{self.uploads.index(one)}",
                     "offset": len(one.data), "length": one.length, "recorded_ms": one.recorded_ms}
                    for one in segments]}  # fmt: skip
        return None


def _handler(server: FakeServer) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"fake": server})


class _Dropped(Exception):
    """The connection is cut."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeServer

    def log_message(self, *_: Any) -> None:
        """Suppress the log of requests."""

    def do_GET(self) -> None:
        if self.path.startswith("/static/"):
            path = APP / self.path.lstrip("/")
            return self.answer(
                200, path.read_bytes(), {"Content-Type": TYPES.get(path.suffix, "application/octet-stream")}
            )
        if self.path == "/blank":
            return self.answer(200, b"<!doctype html><title>Nothing</title>", {"Content-Type": "text/html"})
        if self.path.startswith("/stub/"):
            return self.answer(204)
        if self.path not in PAGES:
            return self.answer(404)
        html = self.fake.render(self.path)
        return self.answer(
            200, html.encode(), {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
        )

    def do_POST(self) -> None:
        self.on_the_line(self.post)

    def do_PATCH(self) -> None:
        self.on_the_line(self.patch)

    def do_HEAD(self) -> None:
        self.on_the_line(self.head)

    def on_the_line(self, act: Callable[[bytes], None]) -> None:
        """Process one request of the recorder. If the request is lost, this may be before or after it is processed."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fake = self.fake
        with fake.lock:
            is_upload = self.path.startswith("/uploads/")
            if is_upload:
                fake.in_flight += 1
                fake.most_in_flight = max(fake.most_in_flight, fake.in_flight)
            lost = fake.random.random() < fake.lossy
            lost_after = lost and fake.random.random() < 0.5
        try:
            if fake.delay_s:
                time.sleep(fake.delay_s)
            if lost and not lost_after:
                raise _Dropped
            with fake.lock:
                if fake.signed_out:
                    return self.answer(401, b"{}", {"Content-Type": "application/json"})
                self.quiet = lost_after
                act(body)
            if lost_after:
                raise _Dropped
        except _Dropped:
            self.close_connection = True
            self.connection.close()
        finally:
            if is_upload:
                with fake.lock:
                    fake.in_flight -= 1

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.fake.requests.append((self.command, self.path, status))
        if getattr(self, "quiet", False):
            return
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def json(self, status: int, value: Any) -> None:
        self.answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def post(self, body: bytes) -> None:
        if self.path == "/uploads/":
            return self.create()
        if self.headers.get("X-CSRFToken") != "token":
            return self.json(400, {"message": "no token"})
        if self.path == "/interview/connection":
            return self.answer(204)
        said = json.loads(body)
        if self.path == "/interview/preferences/countdown":
            self.fake.options["countdown_seconds"] = said["seconds"]
            return self.json(200, said)
        if self.path == "/interview/questions/q1/takes":
            return self.start_take(said)
        if self.path.endswith("/thinking"):
            return self.more_thinking(self.fake.options["thinking"])
        take, action = self.path.removeprefix("/interview/takes/").split("/")
        if action == "more-time":
            return self.more_time(self.fake.takes[take]["limits"])
        if action == "continue":
            return self.go_on(take, said["recorder"])
        if action == "recover":
            return self.recover(take, said["recorder"])
        if said.get("recorder", self.fake.recorders[take]) != self.fake.recorders[take] and said["reason"] != "kept":
            return self.json(200, {"take_id": take})
        self.fake.stops.setdefault(take, said)
        return self.json(200, {"take_id": take})

    def more_time(self, limits: dict[str, Any]) -> None:
        more = limits["more_time"]
        if not more["left"]:
            return self.json(409, {"message": "All of your more time is used."})
        limits["recording_seconds"] += more["seconds"]
        more["left"] -= 1
        return self.json(200, {"limits": limits})

    def more_thinking(self, thinking: dict[str, Any]) -> None:
        thinking["seconds"] += thinking["more"]["seconds"]
        thinking["left"] += thinking["more"]["seconds"]
        thinking["more"]["left"] -= 1
        return self.json(200, {"thinking": thinking})

    def go_on(self, take: str, recorder: str) -> None:
        if take in self.fake.stops and self.fake.recorders[take] != recorder:
            return self.json(409, {"message": "It has been stopped elsewhere."})
        self.fake.recorders[take] = recorder
        return self.json(200, self.fake.takes[take])

    def recover(self, lost: str, recorder: str) -> None:
        for take, name in self.fake.recorders.items():
            if name == recorder:
                return self.json(200, {**self.fake.takes[take], "question": "q1"})
        return self.json(201, {**self.new_take(self.fake.kinds[lost], recorder), "question": "q1"})

    def start_take(self, said: dict[str, Any]) -> None:
        fake = self.fake
        for take, made in fake.takes.items():
            is_empty = take not in fake.stops and not any(one.data for one in fake.segments(take))
            if is_empty and fake.recorders[take] == said["recorder"]:
                return self.json(200, made)
        return self.json(201, self.new_take(said["kind"], said["recorder"]))

    def new_take(self, kind: str, recorder: str) -> dict[str, Any]:
        fake = self.fake
        take = f"take{len(fake.takes) + 1}"
        made = {"take_id": take, "number": len(fake.takes) + 1, "limits": fake.island()["limits"]}
        fake.takes[take], fake.recorders[take], fake.kinds[take] = made, recorder, kind
        return made

    def create(self) -> None:
        fake, raw = self.fake, self.headers["Upload-Metadata"]
        pairs = (pair.split(" ") for pair in raw.split(","))
        said = {key: base64.b64decode(value).decode() for key, value in pairs}
        for index, one in enumerate(fake.uploads):
            if one.metadata == raw:
                return self.created(index)
        if fake.refuse_creation or fake.recorders[said["take"]] != said["recorder"]:
            return self.json(409, {"message": "Another recorder went on with it."})
        used = [one.segment for one in fake.segments(said["take"])]
        wanted = int(said["segment"])
        segment = max(used) + 1 if wanted in used else wanted
        fake.uploads.append(FakeUpload(said["take"], raw, segment, said["session"]))
        return self.created(len(fake.uploads) - 1)

    def created(self, index: int) -> None:
        segment = str(self.fake.uploads[index].segment)
        self.answer(201, headers={"Location": f"/uploads/{index}", "Fairtake-Segment": segment})

    def upload(self) -> FakeUpload:
        return self.fake.uploads[int(self.path.removeprefix("/uploads/"))]

    def head(self, _body: bytes) -> None:
        one = self.upload()
        headers = {"Upload-Offset": str(len(one.data)), "Cache-Control": "no-store"}
        headers |= {"Upload-Defer-Length": "1"} if one.length is None else {"Upload-Length": str(one.length)}
        self.answer(200, headers=headers)

    def patch(self, body: bytes) -> None:
        one, fake = self.upload(), self.fake
        if fake.refuse_uploads:
            return self.json(fake.refuse_uploads, {"message": "It is too large."})
        if int(self.headers["Upload-Offset"]) != len(one.data):
            return self.answer(409)
        if fake.corrupt_next:
            fake.corrupt_next, body = False, b"?" + body[1:]
        kind, _, sent = self.headers["Upload-Checksum"].partition(" ")
        if kind != "sha256" or base64.b64decode(sent) != hashlib.sha256(body).digest():
            return self.answer(460)
        one.data += body
        one.biggest_part = max(one.biggest_part, len(body))
        one.recorded_ms = max(one.recorded_ms, int(self.headers["Fairtake-Recorded-Ms"]))
        if "Upload-Length" in self.headers:
            one.length = int(self.headers["Upload-Length"])
        headers = {"Upload-Offset": str(len(one.data))}
        if fake.limit_header:
            headers["Fairtake-Recording-Seconds"] = fake.limit_header
        return self.answer(204, headers=headers)

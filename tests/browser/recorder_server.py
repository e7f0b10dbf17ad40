"""The application with one candidate, for tests of the recorder, and a connection in front of it that fails on request.
The connection can also change data that has no setting, such as when warnings appear. Everything else is real:
pages, tus server, database and storage.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from playwright.sync_api import BrowserContext
from sqlalchemy import select

from app.extensions import db
from app.interviews.models import Attempt, Question
from app.recording.models import Take, Upload
from app.recording.upload import tus
from app.storage import get_storage, read
from app.transaction import transaction
from tests.browser.bad_line import BadLine, Request, Response
from tests.factories import make_attempt, make_interview

if TYPE_CHECKING:
    from tests.browser.conftest import LiveServer

PAGE_DATA = re.compile(rb'(<script type="application/json" id="recorder-data">)(.*?)(</script>)', re.DOTALL)
BLANK = Response(200, [("Content-Type", "text/html")], b"<!doctype html><title>Nothing</title>")
STOP = re.compile(r"/interview/takes/(?P<take>\w+)/stop")


@dataclass(frozen=True, slots=True)
class SentUpload:
    """An upload as stored by the application: the number of its take, its segment, its length and its parts."""

    take: int
    segment: int
    session: str
    size: int
    length: int | None
    keys: tuple[str, ...]

    @property
    def data(self) -> bytes:
        """The bytes of all parts, from the storage."""
        return b"".join(read(get_storage(), key) for key in self.keys)

    @property
    def is_finished(self) -> bool:
        """Whether all bytes have arrived, up to the announced length."""
        return self.length == self.size


class RecorderServer(BadLine):
    """The application behind a connection, for a candidate at the first of three questions, which has no limits.

    Faults affect only requests with which the recorder sends something, never GET requests. `page_data` replaces
    values of the data that the application gives to the recorder, and `warn_at` the seconds at which it warns.
    Short addresses:
    /question, /practice, /devices, /tasks, and /blank for a page of this origin without a script.
    """

    def __init__(self, live: LiveServer) -> None:
        self.delay_s = 0.0
        self.signed_out = False
        self.damage_next_part = False
        self.refuse_parts = 0
        self.refuse_creation = False
        self.page_data: dict[str, Any] = {"quiet_seconds": 0}
        self.warn_at: list[int] | None = None
        self.requests: list[tuple[str, str, int]] = []
        self.in_flight = self.most_in_flight = 0
        self._stop_reports: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._live = live
        attempt = make_attempt(make_interview(questions=3), preferences={"audio_only": True, "countdown_seconds": 1})
        self.attempt_id, self.question_id = attempt.id, attempt.interview.questions[0].id
        self.change_question(recording_seconds=None, thinking_seconds=None, retakes=None)
        self.addresses = {
            "/question": f"/interview/questions/{self.question_id}",
            "/practice": "/interview/practice",
            "/devices": "/interview/device-check",
            "/tasks": "/interview/",
        }
        super().__init__(live.url)

    def sign_in(self, context: BrowserContext) -> None:
        """Sign a browser in as the candidate."""
        self._live.sign(context, attempt=self.attempt_id)

    def change_question(self, **values: int | None) -> None:
        """Change limits of the question."""
        with transaction() as session:
            question = session.get_one(Question, self.question_id)
            for name, value in values.items():
                setattr(question, name, value)

    def limit(self, seconds: int, *, warn_at: list[int] | None = None) -> None:
        """Limit takes that start from now on. `warn_at`: the seconds left at which the recorder warns."""
        self.change_question(recording_seconds=seconds)
        self.warn_at = warn_at or []

    def think(self, seconds: int, *, left: int | None = None) -> None:
        """Give the question thinking time. With `left`, the page counts down from that number, and time cannot be
        added.
        """
        self.change_question(thinking_seconds=seconds)
        if left is not None:
            self.page_data["thinking"] = {"seconds": seconds, "left": left, "more": None}

    def lengthen(self, seconds: int) -> None:
        """Change the limit of the newest take, as a grant does."""
        with transaction() as session:
            take = session.scalars(select(Take).order_by(Take.number.desc())).first()
            assert take is not None
            take.limits = {**take.limits, "recording_seconds": seconds}

    def prefer(self, **values: object) -> None:
        """Change the candidate's preferences."""
        with transaction() as session:
            attempt = session.get_one(Attempt, self.attempt_id)
            attempt.preferences = {**attempt.preferences, **values}

    @property
    def preferences(self) -> dict[str, Any]:
        """The candidate's preferences."""
        with _reading():
            return dict(db.session.get_one(Attempt, self.attempt_id).preferences)

    def move_to_another_device(self, number: int) -> None:
        """Continue a take on another device."""
        with transaction() as session:
            session.get_one(Take, self.takes[number]).recorder = "another-device"

    @property
    def takes(self) -> dict[int, str]:
        """The ids of all takes, by their numbers."""
        with _reading():
            return {take.number: take.id for take in db.session.scalars(select(Take).order_by(Take.number))}

    @property
    def stops(self) -> dict[int, dict[str, Any]]:
        """The first accepted stop report of each take, by the number of the take."""
        return {number: self._stop_reports[take] for number, take in self.takes.items() if take in self._stop_reports}

    @property
    def uploads(self) -> list[SentUpload]:
        """All uploads, by take and segment."""
        with _reading():
            found = db.session.scalars(select(Upload).join(Upload.take).order_by(Take.number, Upload.segment))
            return [_sent(upload) for upload in found]

    def segments(self, take: int) -> list[SentUpload]:
        """Return the uploads of a take, by segment."""
        return [one for one in self.uploads if one.take == take]

    def answer(self, request: Request) -> Response:
        """Respond to a request, with the faults that a test has requested."""
        if request.method == "GET":
            return self._fetch(request)
        with self._counted(request):
            time.sleep(self.delay_s)
            return super().answer(request)

    def forward(self, request: Request) -> Response:
        """Forward a request of the recorder, unless it is to be refused."""
        response = self._refusal(request) or super().forward(self._with_fault(request))
        self.requests.append((request.method, request.path, response.status))
        if self.signed_out:
            response = replace(response, headers=[one for one in response.headers if one[0] != "Set-Cookie"])
        if response.status == 200 and (found := STOP.fullmatch(request.path)):
            self._stop_reports.setdefault(found["take"], json.loads(request.body))
        return self._with_warnings(response)

    def _fetch(self, request: Request) -> Response:
        if request.path == "/blank":
            return BLANK
        if request.path in self.addresses:
            return Response(302, [("Location", self.addresses[request.path])])
        headers = {name: value for name, value in request.headers.items() if name != "Accept-Encoding"}
        response = super().forward(replace(request, headers=headers))
        return replace(response, content=PAGE_DATA.sub(self._changed_page_data, response.content))

    def _changed_page_data(self, found: re.Match[bytes]) -> bytes:
        data = {**json.loads(found[2]), **self.page_data}
        if self.warn_at is not None and data.get("limits"):
            data["limits"]["warn_at"] = self.warn_at
        return found[1] + json.dumps(data).encode() + found[3]

    def _with_warnings(self, response: Response) -> Response:
        if self.warn_at is None or b'"limits"' not in response.content:
            return response
        data = json.loads(response.content)
        data["limits"]["warn_at"] = self.warn_at
        return replace(response, content=json.dumps(data).encode())

    def _refusal(self, request: Request) -> Response | None:
        status = 0
        if request.method == "PATCH":
            status = self.refuse_parts
        elif request.path == "/uploads/" and self.refuse_creation:
            status = 409
        content = json.dumps({"message": "It is too large."}).encode()
        return Response(status, [("Content-Type", "application/json")], content) if status else None

    def _with_fault(self, request: Request) -> Request:
        if self.signed_out:
            request = replace(request, headers={k: v for k, v in request.headers.items() if k != "Cookie"})
        if self.damage_next_part and request.method == "PATCH" and request.body:
            self.damage_next_part = False
            request = replace(request, body=b"?" + request.body[1:])
        return request

    @contextmanager
    def _counted(self, request: Request) -> Iterator[None]:
        one = request.path.startswith("/uploads/")
        with self._lock:
            self.in_flight += one
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            yield
        finally:
            with self._lock:
                self.in_flight -= one


@contextmanager
def _reading() -> Iterator[None]:
    """Read the committed data, and leave no transaction open."""
    db.session.rollback()
    yield
    db.session.rollback()


def _sent(upload: Upload) -> SentUpload:
    session = tus.parse_metadata(upload.upload_metadata).get("session", "")
    keys = tuple(part.key for part in upload.parts)
    return SentUpload(upload.take.number, upload.segment, session, upload.offset, upload.length, keys)

"""The fast path for parts accepts only parts that the Flask application would accept, and leaves all others to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse

import pytest
from flask import Flask

from app import clock
from app.accounts.models import EndedSession
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Take, Upload
from app.recording.upload import part_rows
from app.transaction import transaction
from tests.factories import enter, make_take
from tests.quick_parts import QuickPartsMiddleware
from tests.recording.uploading import (
    PART_TYPE,
    VERSION,
    Tus,
    acknowledged,
    checksum,
    known_keys,
    stored_keys,
    upload_at,
)
from tests.waiting import LONG_SECONDS
from tools.local_server import served

BODY = b"abcde"
Change = Callable[[Upload], None]


@pytest.fixture
def quick(app: Flask) -> QuickPartsMiddleware:
    """The fast path in front of the application."""
    assert isinstance(app.wsgi_app, QuickPartsMiddleware)
    return app.wsgi_app


def changed(address: str, change: Change) -> None:
    """Change the upload at an address, or its take."""
    with transaction() as session:
        change(session.get_one(Upload, address.rsplit("/", 1)[1]))


def stopped(upload: Upload) -> None:
    upload.take.stopped_at = clock.now()


def complete(upload: Upload) -> None:
    upload.take.stopped_at = upload.take.complete_at = clock.now()


def removed(upload: Upload) -> None:
    upload.take.removed_at = clock.now()


def terminated(upload: Upload) -> None:
    upload.terminated_at = clock.now()


def cancelled(upload: Upload) -> None:
    upload.take.attempt.invitation.cancelled_at = clock.now()


def announced(upload: Upload) -> None:
    upload.length = len(BODY)


def others(upload: Upload) -> None:
    upload.take.attempt_id = make_other_attempt_id()


def make_other_attempt_id() -> str:
    attempt_id = db.session.info.get("other_attempt_id")
    assert isinstance(attempt_id, str)
    return attempt_id


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (stopped, 204), (complete, 204), (removed, 404), (terminated, 410), (cancelled, 410), (announced, 204),
        (others, 404),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)  # fmt: skip
def test_part_that_needs_a_decision_is_left_to_the_application(
    tus: Tus, take: Take, quick: QuickPartsMiddleware, change: Change, status: int
) -> None:
    db.session.info["other_attempt_id"] = make_take().attempt_id
    address = tus.begin(take)
    changed(address, change)
    assert tus.patch(address, 0, BODY).status_code == status
    assert quick.accepted == 0
    assert stored_keys() == known_keys()


@pytest.mark.parametrize(
    "headers",
    [
        {"Upload_Length": 5}, {"Tus_Resumable": "0.2.2"}, {"Origin": "https://elsewhere.example"}, {"Content_Type": "text/plain"},
        {"Upload_Offset": 3}, {"Upload_Checksum": checksum(b"other")}, {"Upload_Checksum": "md4 abc"},
    ],
    ids=lambda headers: next(iter(headers)),
)  # fmt: skip
def test_request_with_unusual_headers_is_left_to_the_application(
    tus: Tus, take: Take, quick: QuickPartsMiddleware, headers: dict[str, object]
) -> None:
    address = tus.begin(take)
    tus.patch(address, 0, BODY, **headers)
    assert quick.accepted == 0
    assert stored_keys() == known_keys()


def test_part_that_began_before_a_take_over_is_refused(tus: Tus, take: Take, quick: QuickPartsMiddleware) -> None:
    address = tus.begin(take)
    assert tus.head(address).status_code == 200
    began = (clock.now() - timedelta(minutes=1)).timestamp()
    assert tus.patch(address, 0, BODY, Fairtake_Arrived=began).status_code == 409
    assert quick.accepted == 0


def test_part_without_a_session_is_refused(app: Flask, tus: Tus, take: Take, quick: QuickPartsMiddleware) -> None:
    address = tus.begin(take)
    stranger = Tus(app.test_client())  # type: ignore[arg-type]
    assert stranger.patch(address, 0, BODY).status_code == 401
    stranger.client.set_cookie("fairtake", "eyJhdHRlbXB0IjoiYSJ9.a.b")
    assert stranger.patch(address, 0, BODY).status_code == 401
    assert quick.accepted == 0


def test_part_of_an_ended_session_is_refused(app: Flask, tus: Tus, take: Take, quick: QuickPartsMiddleware) -> None:
    address = tus.begin(take)
    with tus.client.session_transaction() as session:
        session["id"] = "a" * 26
    with transaction() as database:
        database.add(EndedSession(id="a" * 26, ended_at=clock.now()))
    assert tus.patch(address, 0, BODY).status_code == 401
    assert quick.accepted == 0


@pytest.mark.parametrize("headers", [{}, {"Upload_Checksum": checksum(BODY)}, {"Fairtake_Recorded_Ms": 900}], ids=str)
def test_both_ways_answer_and_store_the_same(
    app: Flask, tus: Tus, take: Take, quick: QuickPartsMiddleware, headers: dict[str, object]
) -> None:
    moment = clock.now()
    ways = []
    for number, wsgi_app in enumerate([quick, quick.inner]):
        app.wsgi_app = wsgi_app  # type: ignore[method-assign]
        address = tus.begin(take, segment=str(number + 1))
        changed(address, lambda upload: setattr(upload, "created_at", moment))
        response = tus.patch(address, 0, BODY, **headers)
        upload = upload_at(address)
        named = {name: value for name, value in response.headers if name != "Upload-Expires"}
        row = (upload.offset, upload.length, upload.recorded_ms, upload.active_at is None, len(upload.parts))
        ways.append((response.status_code, named, "Upload-Expires" in response.headers, row, acknowledged(address)))
    assert quick.accepted == 1
    for one, other in zip(*ways, strict=True):
        assert one == other


def test_limit_with_more_time_is_named_both_ways(app: Flask, tus: Tus, take: Take, quick: QuickPartsMiddleware) -> None:
    address = tus.begin(take)
    changed(address, lambda upload: setattr(upload.take, "more_time_presses", 2))
    named = [tus.patch(address, 0, BODY).headers["Fairtake-Recording-Seconds"]]
    app.wsgi_app = quick.inner  # type: ignore[method-assign]
    named.append(tus.patch(address, 5, BODY).headers["Fairtake-Recording-Seconds"])
    assert named[0] == named[1]


def test_parts_of_many_candidates_at_once_are_all_acknowledged(app: Flask) -> None:
    takes = [make_take(started_at=clock.now()) for _ in range(8)]
    with served(app) as port:
        lines = [Line(app, port, take) for take in takes]
        threads = [threading.Thread(target=line.send, args=(20,)) for line in lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for line in lines:
        assert line.statuses == [204] * 20
        assert acknowledged(line.address) == line.body * 20
    assert stored_keys() == known_keys()


def test_one_of_two_parts_at_one_offset_is_acknowledged(app: Flask) -> None:
    take = make_take(started_at=clock.now())
    with served(app) as port:
        lines = [Line(app, port, take)]
        lines.append(Line(app, port, take, address=lines[0].address))
        threads = [threading.Thread(target=line.send, args=(1,)) for line in lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(lines[0].statuses + lines[1].statuses) == [204, 409]
    assert acknowledged(lines[0].address) == lines[0].body
    assert stored_keys() == known_keys()


class Line:
    """A candidate's connection to the server, on which one upload is sent."""

    def __init__(self, app: Flask, port: int, take: Take, address: str | None = None):
        client = app.test_client()
        enter(client, db.session.get_one(Attempt, take.attempt_id))
        self.address = address or Tus(client).begin(take)  # type: ignore[arg-type]
        cookie = client.get_cookie("fairtake")
        assert cookie is not None
        self.headers = {**VERSION, "Content-Type": PART_TYPE, "Cookie": f"fairtake={cookie.value}"}
        self.connection = HTTPConnection("127.0.0.1", port, timeout=LONG_SECONDS)
        self.body = take.id.encode() * 40
        self.statuses: list[int] = []

    def send(self, parts: int) -> None:
        """Send this number of parts, one at a time."""
        for number in range(parts):
            offset = str(number * len(self.body))
            self.connection.request("PATCH", self.address, self.body, {**self.headers, "Upload-Offset": offset})
            response: HTTPResponse = self.connection.getresponse()
            response.read()
            self.statuses.append(response.status)
        self.connection.close()


def test_failure_of_a_group_is_survived(
    app: Flask, tus: Tus, take: Take, quick: QuickPartsMiddleware, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = tus.begin(take)
    with monkeypatch.context() as patch:
        patch.setattr(part_rows, "may_append", None)  # calling it raises TypeError
        assert tus.patch(address, 0, BODY).status_code == 204, "the ordinary way"
    assert quick.accepted == 0
    assert tus.patch(address, 5, BODY).status_code == 204
    assert quick.accepted == 1
    assert acknowledged(address) == BODY * 2

"""Further ranges of a recording come without the application, but only for the same person, address and few seconds."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from app.accounts.models import Role
from app.clock import now
from app.recording.models import Take
from app.recording.serving import SERVED_FILE
from app.server import ranges
from app.server.ranges import HELD_SECONDS, PIECE, Decisions, FileRange, Response
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer
from tests.factories import NOON, make_attempt, make_interview, make_take, make_user
from tests.waiting import LONG_SECONDS
from tools.local_server import served

CONTENT = bytes(range(256)) * 8_200
"""A recording of two pieces and a little more."""
KEPT = [(b"content-type", b"video/webm"), (b"etag", b'"one"')]
Ask = dict[str, str]


class Clock:
    """A clock that a test sets."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    """The clock of the decisions."""
    return Clock()


@pytest.fixture
def decisions(clock: Clock) -> Decisions:
    """Decisions with one about a file of 100 bytes."""
    decisions = Decisions(clock)
    keep(decisions)
    return decisions


def asking(
    range_: str = "bytes=0-9", *, cookie: str = "fairtake=ada", path: str = "/media/a", query: str = "",
    method: str = "GET", **others: str,
) -> dict[str, Any]:  # fmt: skip
    """Return the ASGI scope of a request."""
    headers = {"cookie": cookie, "range": range_, **{name.replace("_", "-"): value for name, value in others.items()}}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items() if value]
    return {"method": method, "raw_path": path.encode(), "query_string": query.encode(), "headers": encoded}


def keep(decisions: Decisions, *, status: int = 206, environ: dict[str, Any] | None = None, **others: bytes) -> None:
    told = [(b"content-length", b"10"), (b"content-range", b"bytes 0-9/100")]
    more = [(name.replace("_", "-").encode(), value) for name, value in others.items()]
    response = Response(status, [*KEPT, *told, *more], decisions.now())
    decisions.keep(asking(), {SERVED_FILE: "/recording"} if environ is None else environ, response)


@pytest.mark.parametrize(
    ("asked", "start", "length"),
    [("bytes=0-9", 0, 10), ("bytes=90-", 90, 10), ("bytes=-5", 95, 5), ("bytes=95-500", 95, 5), ("bytes=-500", 0, 100)],
)
def test_range_of_a_known_file_is_found(decisions: Decisions, asked: str, start: int, length: int) -> None:
    told = f"bytes {start}-{start + length - 1}/100".encode()
    headers = [*KEPT, (b"content-length", str(length).encode()), (b"content-range", told)]
    assert decisions.find(asking(asked)) == FileRange("/recording", 100, start, length, headers)


@pytest.mark.parametrize(
    "other",
    [
        {"cookie": "fairtake=bo"}, {"cookie": ""}, {"cookie": "fairtake=ada; watch=sound"}, {"path": "/media/b"},
        {"query": "only=sound"}, {"method": "HEAD"}, {"method": "POST"}, {"range_": ""}, {"range_": "bytes=100-"},
        {"range_": "bytes=9-5"}, {"range_": "bytes=-"}, {"range_": "bytes=-0"}, {"range_": "bytes=0-1,5-6"},
        {"range_": "bytes=0-9 "}, {"range_": "chars=0-9"}, {"range_": "bytes=" + "9" * 5000 + "-"},
        {"if_range": '"two"'}, {"if_none_match": '"one"'}, {"if_match": '"one"'}, {"content_length": "5"},
        {"transfer_encoding": "chunked"},
    ],
    ids=str,
)  # fmt: skip
def test_any_other_request_is_left_to_the_application(decisions: Decisions, other: Ask) -> None:
    assert decisions.find(asking(**other)) is None  # type: ignore[arg-type]


def test_decision_for_a_request_with_two_cookie_headers_is_not_kept(clock: Clock) -> None:
    decisions = Decisions(clock)
    twice = asking(cookie="watch=sound")
    twice["headers"].insert(0, (b"cookie", b"fairtake=ada"))
    decisions.keep(twice, {SERVED_FILE: "/recording"}, Response(206, [(b"content-range", b"bytes 0-9/100")], 1000.0))
    assert decisions.find(twice) is None
    assert decisions.find(asking(cookie="watch=sound")) is None


def test_same_file_is_found_with_its_entity_tag(decisions: Decisions) -> None:
    assert decisions.find(asking(if_range='"one"')) is not None


def test_decision_holds_for_a_few_seconds_from_the_start_of_its_request(decisions: Decisions, clock: Clock) -> None:
    clock.seconds += HELD_SECONDS - 0.1
    assert decisions.find(asking()) is not None
    clock.seconds += 0.1
    assert decisions.find(asking()) is None


def test_form_of_the_person_ends_their_decisions_and_no_others(decisions: Decisions) -> None:
    decisions.forget(asking(method="POST", path="/sign-out", cookie="fairtake=bo"))
    decisions.forget(asking())
    assert decisions.find(asking()) is not None
    decisions.forget(asking(method="POST", path="/sign-out"))
    assert decisions.find(asking()) is None


def test_request_that_began_before_a_form_of_the_person_decides_nothing(clock: Clock) -> None:
    decisions, began_at = Decisions(clock), clock.seconds
    clock.seconds += 1
    decisions.forget(asking(method="POST", path="/sign-out"))
    decide(decisions, began_at)
    assert decisions.find(asking()) is None
    clock.seconds += 1
    decide(decisions, clock.seconds)
    assert decisions.find(asking()) is not None


def test_forms_of_many_people_are_forgotten_without_keeping_an_older_decision(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "MAX_DECISIONS", 2)
    decisions, began_at = Decisions(clock), clock.seconds
    for name in ("ada", "bo", "cy"):
        clock.seconds += 1
        decisions.forget(asking(method="POST", path="/sign-out", cookie=f"fairtake={name}"))
    decide(decisions, began_at)
    assert decisions.find(asking()) is None


def decide(decisions: Decisions, began_at: float) -> None:
    told = [(b"content-range", b"bytes 0-9/100"), (b"etag", b'"one"')]
    decisions.keep(asking(), {SERVED_FILE: "/recording"}, Response(206, told, began_at))


@pytest.mark.parametrize("different", [{"status": 200}, {"environ": {}}, {"set_cookie": b"fairtake=new"}], ids=str)
def test_only_a_range_of_a_file_that_may_be_kept_is_kept(clock: Clock, different: dict[str, Any]) -> None:
    decisions = Decisions(clock)
    keep(decisions, **different)
    assert decisions.find(asking()) is None


@pytest.fixture
def seen(app: Flask) -> list[str]:
    """The paths of the requests that reach the application."""
    paths: list[str] = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: paths.append(request.path))
    return paths


@pytest.fixture
def port(app: Flask, seen: list[str]) -> Iterator[int]:
    """The port of the running application."""
    app.config["TESTING"] = False
    with served(app, threads=4) as port:
        yield port


class Player:
    """A browser that reads ranges of a recording on one connection."""

    def __init__(self, app: Flask, port: int, **session: object):
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        self.cookie = f"fairtake={serializer.dumps({**session, '_permanent': True})}"
        self.port = port

    def read(self, path: str, asked: str) -> tuple[int, dict[str, str], bytes]:
        """Return the status, the headers and the body of a response, without what differs with each request."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONG_SECONDS)) as client:
            client.request("GET", path, headers={"Range": asked, "Cookie": self.cookie})
            response = client.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders() if name.lower() != "date"}
            return response.status, headers, response.read()


@pytest.fixture
def take(app: Flask, tmp_path: Path) -> Take:
    """A take with a file."""
    take = make_take(make_attempt())
    with_file(take.id, tmp_path)
    return take


def with_file(take_id: str, tmp_path: Path) -> None:
    (tmp_path / "recording").write_bytes(CONTENT)
    add_media(take_id, tmp_path / "recording")


def test_second_range_is_like_the_first_without_the_application(
    app: Flask, port: int, seen: list[str], take: Take
) -> None:
    player, path = Player(app, port, attempt=take.attempt_id), f"/media/{take.id}"
    first = player.read(path, "bytes=5-2000009")
    assert (first[0], first[2]) == (206, CONTENT[5:2000010])
    assert len(first[2]) > PIECE
    assert player.read(path, "bytes=5-2000009") == first
    assert player.read(path, "bytes=2099000-")[2] == CONTENT[2099000:]
    assert seen.count(path) == 1


def test_another_person_gets_nothing_of_it(app: Flask, port: int, take: Take) -> None:
    path = f"/media/{take.id}"
    assert Player(app, port, attempt=take.attempt_id).read(path, "bytes=0-9")[0] == 206
    assert Player(app, port, attempt=make_attempt().id).read(path, "bytes=0-9")[0] == 404
    assert Player(app, port).read(path, "bytes=0-9")[0] == 401


def test_deleted_recording_is_not_sent(app: Flask, port: int, take: Take) -> None:
    player, path = Player(app, port, attempt=take.attempt_id), f"/media/{take.id}"
    assert player.read(path, "bytes=0-9")[0] == 206
    assert take.media is not None
    get_storage().delete(take.media.key)
    assert player.read(path, "bytes=0-9")[0] == 404


@pytest.mark.parametrize(("closed_at", "asked"), [(NOON, 1), (None, 2)], ids=["closed", "open"])
def test_reviewer_asks_each_time_until_the_take_is_closed(
    app: Flask, port: int, seen: list[str], tmp_path: Path, closed_at: datetime | None, asked: int
) -> None:
    reviewer = make_user(Role.REVIEWER)
    answer = make_answer(make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON))
    with_file(str(answer.take_id), tmp_path)
    with transaction() as session:
        take = session.get_one(Take, answer.take_id)
        take.complete_at = take.closed_at = closed_at
    player = Player(app, port, user=reviewer.id, epoch=reviewer.session_epoch, since=now().timestamp())
    path = f"/media/{answer.take_id}"
    for _ in range(2):
        assert player.read(path, "bytes=0-9")[2] == CONTENT[:10]
    assert seen.count(path) == asked

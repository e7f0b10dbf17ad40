"""The application gets only complete bodies, and no part of a body that its route does not accept is stored."""

from __future__ import annotations

import tempfile
import urllib.request
from collections.abc import Iterator

import pytest
from flask import Flask, request

from app.server import bodies
from app.server.bodies import Body, Discarded, Room
from tests.factories import enter, make_attempt, make_invitation
from tests.server.raw_client import HEAD, connect, exchange
from tests.waiting import LONG_SECONDS
from tools.local_server import served

MEGABYTE = 1024 * 1024


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    app.config["TESTING"] = False
    with served(app, threads=4) as port:
        yield port


@pytest.fixture
def seen(app: Flask) -> list[dict[str, object]]:
    """For each request that reaches the application: its method, its environment and its body."""
    requests: list[dict[str, object]] = []

    def note() -> None:
        if request.path != "/healthz":
            requests.append({**request.environ, "body": request.environ["wsgi.input"].read()})
            request.environ["wsgi.input"].seek(0)

    app.before_request_funcs.setdefault(None, []).insert(0, note)
    return requests


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"x" * 100_000,
        HEAD.replace(b"Content-Length: 500000", b"Transfer-Encoding: chunked") + b"5\r\nabcde\r\n5\r\nab",
    ],
    ids=["length", "chunked"],
)
def test_truncated_body_never_reaches_the_application(port: int, seen: list[dict[str, object]], sent: bytes) -> None:
    connect(port, sent).close()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=LONG_SECONDS) as answer:
        assert answer.status == 200
    assert seen == []


def test_chunked_body_reaches_the_application_in_one_piece(port: int, seen: list[dict[str, object]]) -> None:
    head = HEAD.replace(b"Content-Length: 500000", b"Transfer-Encoding: chunked\r\nConnection: close")
    exchange(port, head + b"5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n")
    assert (seen[0]["body"], seen[0]["CONTENT_LENGTH"]) == (b"abcdefgh", "8")


def test_headers_of_the_server_cannot_be_forged(port: int, seen: list[dict[str, object]]) -> None:
    forged = b"Fairtake-Arrived: 1\r\nFairtake_Arrived: 1\r\nFairtake-Body-Discarded: 1\r\nX_Forwarded_For: 1.2.3.4\r\n"
    exchange(port, b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + forged + b"\r\n")
    environ = seen[0]
    assert float(str(environ["HTTP_FAIRTAKE_ARRIVED"])) > 1_000_000
    assert "HTTP_FAIRTAKE_BODY_DISCARDED" not in environ
    assert "HTTP_X_FORWARDED_FOR" not in environ


def test_repeated_headers_are_joined(port: int, seen: list[dict[str, object]]) -> None:
    lines = b"Cookie: a=1\r\nCookie: b=2\r\nX-Several: 1\r\nX-Several: 2\r\n"
    exchange(port, b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + lines + b"\r\n")
    assert (seen[0]["HTTP_COOKIE"], seen[0]["HTTP_X_SEVERAL"]) == ("a=1; b=2", "1,2")


def multipart(size: int) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"a" * size + b"\r\n--x--\r\n"


def post(port: int, path: str, body: bytes, **headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: multipart/form-data; boundary=x"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return exchange(port, "\r\n".join(lines).encode() + b"\r\n\r\n" + body)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the request bodies, or parts of them, that the server or a form parser stored."""
    sizes: list[int] = []

    class Counted(tempfile.SpooledTemporaryFile):  # type: ignore[type-arg]
        def write(self, data: bytes) -> int:  # type: ignore[override]
            sizes.append(len(data))
            return super().write(data)

    monkeypatch.setattr("tempfile.SpooledTemporaryFile", Counted)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", Counted)
    return sizes


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/interview/questions/aaa/file", b"401"),
        ("/manage/interviews/aaa/questions/bbb/prompt", b"401"),
        ("/sign-in", b"413"),
        ("/nowhere", b"404"),
    ],
)
def test_large_body_without_a_session_is_not_stored(port: int, kept: list[int], path: str, status: bytes) -> None:
    answer = post(port, path, multipart(3 * MEGABYTE))
    assert answer.split()[1] == status
    assert b"text/html" in answer, "a page of ours"
    assert sum(kept) == 0


def test_large_chunked_body_without_a_session_is_refused(port: int, kept: list[int]) -> None:
    head = HEAD.replace(b"Content-Length: 500000", b"Transfer-Encoding: chunked\r\nConnection: close")
    chunk = b"%x\r\n" % MEGABYTE + b"x" * MEGABYTE + b"\r\n"
    assert exchange(port, head + chunk * 4 + b"0\r\n\r\n").split()[1] == b"413"
    assert sum(kept) <= MEGABYTE


def test_large_file_of_a_candidate_is_stored_where_files_are_accepted(app: Flask, port: int, kept: list[int]) -> None:
    client = app.test_client()
    enter(client, make_attempt())
    cookie = client.get_cookie("fairtake")
    assert cookie is not None
    session = {"Cookie": f"fairtake={cookie.value}"}
    stored = post(port, "/interview/questions/aaa/file", multipart(3 * MEGABYTE), **session)
    assert stored.split()[1] in (b"404", b"400")
    assert sum(kept) > 3 * MEGABYTE
    kept.clear()
    assert post(port, "/interview/leave", multipart(3 * MEGABYTE), **session).split()[1] == b"413"
    assert sum(kept) == 0


def test_large_body_of_a_session_that_has_ended_is_not_stored(app: Flask, port: int, kept: list[int]) -> None:
    client, (_invitation, token) = app.test_client(), make_invitation()
    client.submit(f"/i/{token}")  # type: ignore[attr-defined]
    cookie = client.get_cookie("fairtake")
    assert cookie is not None
    client.submit("/interview/leave")  # type: ignore[attr-defined]
    session = {"Cookie": f"fairtake={cookie.value}"}
    kept.clear()
    answer = post(port, "/interview/questions/aaa/file", multipart(3 * MEGABYTE), **session)
    assert answer.split()[1] == b"401"
    assert sum(kept) == 0


def test_large_body_with_a_forged_cookie_is_not_stored(port: int, kept: list[int]) -> None:
    cookie = "fairtake=eyJhdHRlbXB0IjoiYSJ9.a.b"
    answer = post(port, "/interview/questions/aaa/file", multipart(3 * MEGABYTE), Cookie=cookie)
    assert answer.split()[1] == b"401"
    assert sum(kept) == 0


def sizes(pieces: list[int], *, has_session: bool, taken: int = 0, most: int = 1 << 30) -> tuple[Body, Room]:
    """Return a body to which pieces of these sizes were added, and the room that it shares with others."""
    room = Room()
    room.taken = taken
    body = Body(room, most, 0, lambda: has_session)
    for piece in pieces:
        body._keep(b"x" * piece)
    return body, room


@pytest.mark.parametrize(
    ("pieces", "has_session", "taken", "discarded", "is_on_disk"),
    [
        ([100], False, 0, None, False),
        ([100], False, bodies.MAX_MEMORY, None, False),
        ([bodies.ALWAYS_KEPT], False, bodies.MAX_MEMORY, None, False),
        ([bodies.ALWAYS_KEPT, 1], False, bodies.MAX_UNKNOWN, Discarded.NO_ROOM, False),
        ([bodies.ALWAYS_KEPT, 1], False, bodies.MAX_UNKNOWN - 1, None, False),
        ([bodies.ALWAYS_KEPT, 1], True, bodies.MAX_UNKNOWN, None, False),
        ([bodies.ALWAYS_KEPT, 1], True, bodies.MAX_MEMORY, None, True),
        ([bodies.IN_MEMORY], False, 0, None, False),
        ([bodies.IN_MEMORY, 1], False, 0, Discarded.TOO_LARGE, False),
        ([bodies.IN_MEMORY, 1], True, 0, None, True),
        ([bodies.IN_MEMORY, 1, 1, MEGABYTE], True, 0, None, True),
    ],
)  # fmt: skip
def test_where_a_body_is_kept(
    app: Flask, pieces: list[int], has_session: bool, taken: int, discarded: Discarded | None, is_on_disk: bool
) -> None:
    body, room = sizes(pieces, has_session=has_session, taken=taken)
    with body:
        assert (body.discarded, body.is_on_disk) == (discarded, is_on_disk)
        body.file.seek(0)
        assert len(body.file.read()) == (0 if discarded else sum(pieces))
    assert room.taken == taken, "what it took is free again"


def test_memory_of_bodies_from_strangers_does_not_grow_with_their_number(app: Flask) -> None:
    room = Room()
    several = [Body(room, MEGABYTE, 0, lambda: False) for _ in range(2_000)]
    for body in several:
        for _piece in range(8):
            body._keep(b"x" * 64_000)
    assert room.taken <= bodies.MAX_UNKNOWN
    in_memory = sum(body.size for body in several if body.discarded is None)
    assert in_memory <= bodies.MAX_UNKNOWN + len(several) * bodies.ALWAYS_KEPT
    with Body(room, MEGABYTE, 0, lambda: True) as known:
        known._keep(b"x" * 64_000)
        assert known.discarded is None, "who has a session still has room"
    for body in several:
        with body:
            pass
    assert room.taken == 0


def test_body_without_room_is_answered_and_may_be_sent_again(
    app: Flask, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = b"email=a%40example.org&password=" + b"x" * 20_000
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    monkeypatch.setattr(bodies, "MAX_UNKNOWN", 0)
    assert post(port, "/sign-in", form, **kind).split()[1] == b"503"
    assert post(port, "/sign-in", form[:100], **kind).split()[1] != b"503", "usual forms always have room"
    monkeypatch.undo()
    assert post(port, "/sign-in", form, **kind).split()[1] != b"503"

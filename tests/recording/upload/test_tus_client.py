"""An unmodified tus client, tuspy, uploads to the application behind a real server."""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from flask import Flask
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed
from tusclient.storage import filestorage

from app import clock
from app.recording.models import Take
from tests.factories import make_attempt, make_take
from tests.recording.uploading import PART_TYPE, acknowledged, known_keys, stored_keys, upload_at
from tests.waiting import LONG_SECONDS
from tools.local_server import served

CHUNK = 64 * 1024


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """The address of the application behind its web server, on a free port."""
    with served(app, threads=4) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def take(app: Flask) -> Take:
    """A take that was just started."""
    return make_take(started_at=clock.now())


def cookie_of(app: Flask, take: Take) -> str:
    """Return the session cookie of the take's candidate."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"fairtake={serializer.dumps({'attempt': take.attempt_id, '_permanent': True})}"


@pytest.fixture
def tuspy(app: Flask, server: str, take: Take) -> TusClient:
    """The tus client with the candidate's cookie."""
    return TusClient(f"{server}/uploads/", headers={"Cookie": cookie_of(app, take)})


def path_of(url: str) -> str:
    return urlsplit(url).path


def test_it_uploads_a_file_in_chunks_with_checksums(tuspy: TusClient, take: Take) -> None:
    content = os.urandom(5 * CHUNK + 123)
    uploader = tuspy.uploader(
        file_stream=BytesIO(content), chunk_size=CHUNK, metadata={"take": take.id}, upload_checksum=True
    )
    uploader.upload()
    assert acknowledged(path_of(uploader.url)) == content
    assert upload_at(uploader.url).is_finished


def test_it_uploads_a_file_in_one_request(tuspy: TusClient, take: Take) -> None:
    content = os.urandom(9 * 1024 * 1024)
    uploader = tuspy.uploader(file_stream=BytesIO(content), metadata={"take": take.id}, upload_checksum=True)
    uploader.upload()
    assert acknowledged(path_of(uploader.url)) == content
    assert len(upload_at(uploader.url).parts) == 3


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # tuspy never closes the file
def test_another_client_goes_on_where_the_first_one_stopped(
    app: Flask, server: str, tuspy: TusClient, take: Take, tmp_path: os.PathLike[str]
) -> None:
    path = os.path.join(tmp_path, "answer.webm")
    content = os.urandom(4 * CHUNK)
    with open(path, "wb") as file:
        file.write(content)
    storage = filestorage.FileStorage(os.path.join(tmp_path, "urls.json"))
    options = {"chunk_size": CHUNK, "metadata": {"take": take.id}, "store_url": True, "url_storage": storage}
    first = tuspy.uploader(path, **options)
    first.upload_chunk()
    first.upload_chunk()
    again = TusClient(f"{server}/uploads/", headers={"Cookie": cookie_of(app, take)})
    second = again.uploader(path, **options)
    assert (second.url, second.offset) == (first.url, 2 * CHUNK)
    second.upload()
    storage.close()
    assert acknowledged(path_of(second.url)) == content
    del first, second
    gc.collect()


def test_a_line_that_breaks_in_the_middle_of_a_part_loses_that_part_alone(
    app: Flask, server: str, tuspy: TusClient, take: Take
) -> None:
    content = os.urandom(3 * CHUNK)
    uploader = tuspy.uploader(file_stream=BytesIO(content), chunk_size=CHUNK, metadata={"take": take.id})
    uploader.upload_chunk()
    break_off(server, path_of(uploader.url), cookie_of(app, take), content[CHUNK : 2 * CHUNK], offset=CHUNK)
    assert uploader.get_offset() == CHUNK
    uploader.upload()
    assert acknowledged(path_of(uploader.url)) == content
    assert stored_keys() == known_keys()


def break_off(server: str, path: str, cookie: str, part: bytes, *, offset: int) -> None:
    """Send half of a part, then close the connection."""
    host, port = urlsplit(server).hostname, urlsplit(server).port
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\nTus-Resumable: 1.0.0\r\n"
        f"Content-Type: {PART_TYPE}\r\nUpload-Offset: {offset}\r\nContent-Length: {len(part)}\r\n\r\n"
    )
    with socket.create_connection((str(host), int(port or 0)), timeout=LONG_SECONDS) as line:
        line.sendall(head.encode() + part[: len(part) // 2])
        line.shutdown(socket.SHUT_WR)
        line.recv(1000)


def test_a_stranger_gets_nowhere_with_the_address(app: Flask, server: str, tuspy: TusClient, take: Take) -> None:
    uploader = tuspy.uploader(file_stream=BytesIO(b"x" * 100), chunk_size=50, metadata={"take": take.id})
    uploader.upload_chunk()
    other = make_take(make_attempt())
    stranger = TusClient(f"{server}/uploads/", headers={"Cookie": cookie_of(app, other)})
    with pytest.raises(TusCommunicationError):
        stranger.uploader(file_stream=BytesIO(b"x" * 100), url=uploader.url)
    with pytest.raises(TusCommunicationError):
        stranger.uploader(file_stream=BytesIO(b"x"), metadata={"take": take.id}).upload()
    assert acknowledged(path_of(uploader.url)) == b"x" * 50


def test_two_clients_that_send_at_once_never_mix_their_bytes(
    app: Flask, server: str, tuspy: TusClient, take: Take
) -> None:
    uploader = tuspy.uploader(file_stream=BytesIO(b"\0" * 8 * CHUNK), metadata={"take": take.id}, chunk_size=CHUNK)
    uploader.set_url(uploader.create_url())
    uploader.offset = 0
    letters = [bytes([letter]) * 8 * CHUNK for letter in b"abcd"]

    def send(content: bytes) -> None:
        client = TusClient(f"{server}/uploads/", headers={"Cookie": cookie_of(app, take)})
        mine = client.uploader(file_stream=BytesIO(content), url=uploader.url, chunk_size=CHUNK)
        try:
            mine.upload()
        except TusUploadFailed as refusal:
            refusals.append(refusal.status_code)

    refusals: list[int | None] = []
    threads = [threading.Thread(target=send, args=(content,)) for content in letters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    content = acknowledged(path_of(uploader.url))
    pieces = [content[start : start + CHUNK] for start in range(0, len(content), CHUNK)]
    assert all(len(set(piece)) == 1 for piece in pieces)
    assert set(refusals) <= {409}
    assert stored_keys() == known_keys()

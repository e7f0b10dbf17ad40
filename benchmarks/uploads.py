"""Upload speed in MB/s, with each part flushed to disk and committed, compared with only writing and flushing files."""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import threading

from flask import Flask

from app.storage import LocalStorage
from benchmarks.setting import Figure, application, folder, seconds
from tests.factories import make_attempt, make_take
from tools.local_server import served

PART = 256 * 1024
PARTS = 200
CLIENTS = 8


def measure() -> list[Figure]:
    """Upload the same parts from one client and from several clients at once, and write them directly to the disk."""
    with folder() as place, application(place) as app, served(app) as port:
        storage = LocalStorage(place / "alone")
        content = os.urandom(PART)
        alone = seconds(lambda: [storage.put(f"part-{number}", content) for number in range(PARTS)])
        cookies = [_cookie(app) for _ in range(CLIENTS + 1)]
        one = seconds(lambda: _send(port, *cookies[0], content, PARTS))
        threads = [
            threading.Thread(target=_send, args=(port, *cookie, content, PARTS // CLIENTS)) for cookie in cookies[1:]
        ]
        many = seconds(lambda: _run(threads))
    rate = PART * PARTS / 1e6
    bare = f"{rate / alone:.0f} MB/s (write, flush, rename)"
    return [
        Figure("upload, one client, parts of 256 KiB", f"{rate / one:.0f} MB/s", bare, one / alone),
        Figure(f"upload, {CLIENTS} clients at once", f"{rate / many:.0f} MB/s", bare, many / alone),
    ]


def _cookie(app: Flask) -> tuple[str, str]:
    attempt = make_attempt()
    take = make_take(attempt)
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return "fairtake=" + serializer.dumps({"attempt": attempt.id, "_permanent": True}), take.id


def _send(port: int, cookie: str, take_id: str, content: bytes, parts: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    common = {"Tus-Resumable": "1.0.0", "Cookie": cookie}
    metadata = f"take {base64.b64encode(take_id.encode()).decode()}"
    create = {**common, "Upload-Length": str(len(content) * parts), "Upload-Metadata": metadata}
    connection.request("POST", "/uploads/", headers=create)
    answer = connection.getresponse()
    answer.read()
    place = str(answer.headers["Location"]).split("/uploads/", 1)[1]
    checksum = "sha256 " + base64.b64encode(hashlib.sha256(content).digest()).decode()
    for number in range(parts):
        headers = {
            **common,
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(number * len(content)),
            "Upload-Checksum": checksum,
        }
        connection.request("PATCH", f"/uploads/{place}", body=content, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 204:
            raise RuntimeError(f"a part was answered {answer.status}")
    connection.close()


def _run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

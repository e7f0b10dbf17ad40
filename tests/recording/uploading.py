"""A small tus client based on Flask's test client, and functions that inspect stored uploads."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from app.extensions import db
from app.recording.models import Take, Upload, UploadPart
from app.storage import get_storage, read
from tests.page_check import CheckingClient

VERSION = {"Tus-Resumable": "1.0.0"}
PART_TYPE = "application/offset+octet-stream"


def coded(value: str | bytes) -> str:
    """Return a value in base64, as in metadata and checksums."""
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def checksum(body: bytes, algorithm: str = "sha256") -> str:
    """Return the Upload-Checksum header of a body."""
    return f"{algorithm} {coded(hashlib.new(algorithm, body, usedforsecurity=False).digest())}"


class Tus:
    """A tus client for the application under test."""

    def __init__(self, client: CheckingClient):
        self.client = client

    def create(self, take: Take | None, *, length: int | None = None, **metadata: str) -> TestResponse:
        """Create an upload. If `length` is not given, the length is declared later."""
        size = {"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)}
        named = {**({"take": take.id} if take else {}), **metadata}
        header = ",".join(f"{key} {coded(value)}" for key, value in named.items())
        return self.client.post("/uploads/", headers={**VERSION, **size, "Upload-Metadata": header})

    def begin(self, take: Take, *, length: int | None = None, **metadata: str) -> str:
        """Create an upload. Returns its address."""
        response = self.create(take, length=length, **metadata)
        assert response.status_code == 201, response.text
        return str(response.headers["Location"])

    def head(self, address: str) -> TestResponse:
        """Ask for the offset of an upload."""
        return self.client.head(address, headers=VERSION)

    def patch(self, address: str, offset: int, body: bytes, **headers: Any) -> TestResponse:
        """Send a part. Headers are keyword arguments, for example `Upload_Checksum` for Upload-Checksum."""
        more = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        sent = {**VERSION, "Content-Type": PART_TYPE, "Upload-Offset": str(offset), **more}
        return self.client.patch(address, data=body, headers=sent)

    def delete(self, address: str) -> TestResponse:
        """Terminate an upload."""
        return self.client.delete(address, headers=VERSION)


def upload_at(address: str) -> Upload:
    """Return the current row of the upload at an address."""
    db.session.rollback()
    return db.session.get_one(Upload, address.rsplit("/", 1)[1])


def acknowledged(address: str) -> bytes:
    """Return the acknowledged bytes of an upload, after checking that rows, sizes and checksums agree."""
    upload, content = upload_at(address), b""
    for part in upload.parts:
        piece = read(get_storage(), part.key)
        assert (part.start, part.size) == (len(content), len(piece))
        assert part.sha256 == hashlib.sha256(piece).hexdigest()
        content += piece
    assert len(content) == upload.offset
    return content


def stored_keys() -> set[str]:
    """Return the keys of all parts in storage."""
    return set(get_storage().list("parts"))


def known_keys() -> set[str]:
    """Return the keys of all parts that have rows."""
    return set(db.session.scalars(select(UploadPart.key)))

"""The fast path for parts: an ASGI endpoint in front of the Flask application. A recorder sends a part every few
seconds, so most requests are parts. Ordinary parts are stored and acknowledged here without Flask. Everything else
is left to the views of `routes`, which get the same body: this endpoint never refuses anything. The permission is
the same (`permissions.is_allowed`), and so are the rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import IO, Any

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature
from werkzeug.datastructures import Headers
from werkzeug.http import parse_cookie

from app.accounts.permissions import Principal, is_allowed
from app.clock import now
from app.recording.upload import incoming, tus
from app.recording.upload.incoming import Expected, store_body
from app.recording.upload.part_rows import WaitingPart
from app.recording.upload.part_writer import NotAcknowledgedError, PartWriter
from app.recording.upload.routes import limit_headers, name_version, origin_of, part_headers
from app.security import add_headers
from app.storage import Flush, Storage

PATH = re.compile(rb"/uploads/(?P<upload>[a-z2-7]{26})")


class QuickParts:
    """Stores and acknowledges ordinary parts. Called by the bridge with the whole body of a request."""

    def __init__(self, app: Flask):
        config = app.config["FAIRTAKE"]
        self.app = app
        self.storage: Storage = app.extensions["storage"]
        self.origins = (None, origin_of(config.base_url))
        self.writer = PartWriter(app)
        self.lifetime = int(app.permanent_session_lifetime.total_seconds())
        self.serializer = SecureCookieSessionInterface().get_signing_serializer(app)
        with app.test_request_context():
            response = add_headers(name_version(Response(status=204, headers={"Vary": "Accept-Encoding, Cookie"})))
        self.headers = dict(response.headers)

    async def __call__(self, scope: Mapping[str, Any], body: IO[bytes], arrived: float) -> dict[str, str] | None:
        """Return the headers of a 204 response, or None to leave the request to the Flask application."""
        found = PATH.fullmatch(scope["raw_path"]) if scope["method"] == "PATCH" else None
        if found is None:
            return None
        headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
        session, part = self._session(headers), self._part(headers)
        if session is None or part is None:
            return None
        content = body.read()
        store = partial(self._store, content, found["upload"].decode(), session, part, arrived)
        try:
            done = await self.writer.acknowledge(store)
        except NotAcknowledgedError:
            return None  # a part that was stored may also be acknowledged; the sweeper deletes it only if it has no row
        if done is None:
            return None
        return {
            **self.headers,
            **limit_headers(done.seconds),
            **part_headers(done.offset, expires_at=done.expires_at),
        }

    def close(self) -> None:
        """End the threads when they have finished their current work."""
        self.writer.close()

    def _session(self, headers: Headers) -> Mapping[str, Any] | None:
        """Return the session of a sender who may upload, or None. Whether it was ended is checked with the part."""
        cookie = parse_cookie(headers.get("Cookie", "")).get(self.app.config["SESSION_COOKIE_NAME"])
        if self.serializer is None or cookie is None:
            return None
        try:
            session: dict[str, Any] = self.serializer.loads(cookie, max_age=self.lifetime)
        except BadSignature:
            return None
        is_opened, is_returning = isinstance(session.get("attempt"), str), "returning" in session
        who = Principal(is_candidate=is_opened and not is_returning, is_returning=is_opened and is_returning)
        return session if is_allowed(who, "upload") else None

    def _part(self, headers: Headers) -> tus.PartHeaders | None:
        """Return the headers of a part that fits into one object and is not the last one, or None."""
        try:
            tus.check_version(headers)
            part = tus.parse_part_headers(headers)
        except tus.ProtocolError:
            return None
        is_usual = part.length is None and part.size is not None and 0 < part.size <= incoming.PIECE
        return part if is_usual and headers.get("Origin") in self.origins else None

    def _store(
        self, content: bytes, upload_id: str, session: Mapping[str, Any], part: tus.PartHeaders, arrived: float
    ) -> tuple[WaitingPart, Flush]:
        expected = Expected(size=part.size, most=incoming.PIECE, checksum=part.checksum)
        later: list[Flush] = []
        received = store_body(self.storage, BytesIO(content), upload_id, part.offset, expected, now=now(), later=later)
        began_at = datetime.fromtimestamp(arrived, UTC)
        stored, flush = received.parts[0], later[0]
        return (
            WaitingPart(session.get("id"), session["attempt"], upload_id, stored, part.recorded_ms, began_at),
            flush,
        )

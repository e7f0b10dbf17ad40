"""Sends the parts of test clients to the fast path first, as the web server does. So the tests of uploads cover both:
parts that the fast path accepts, and parts that it leaves to the Flask application.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from flask import Flask, has_app_context

from app.body_limits import ARRIVED_HEADER
from app.extensions import db
from app.recording.upload.quick_parts import QuickParts

StartResponse = Callable[[str, list[tuple[str, str]]], object]
CONTENT = {"CONTENT_TYPE": b"content-type", "CONTENT_LENGTH": b"content-length"}


class QuickPartsMiddleware:
    """A WSGI application in front of another one. `accepted` counts the parts that the fast path accepted."""

    def __init__(self, app: Flask):
        self.inner = app.wsgi_app
        self.quick = QuickParts(app)
        self.accepted = 0

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Handle a request."""
        if environ["REQUEST_METHOD"] == "PATCH" and environ["PATH_INFO"].startswith("/uploads/"):
            headers = self._try(environ)
            if headers is not None:
                self.accepted += 1
                if has_app_context():
                    db.session.rollback()  # requests share the session of the test, and must see new rows
                start_response("204 NO CONTENT", list(headers.items()))
                return []
        return self.inner(environ, start_response)  # type: ignore[arg-type]

    def close(self) -> None:
        """End the threads of the fast path."""
        self.quick.close()

    def _try(self, environ: dict[str, Any]) -> dict[str, str] | None:
        length = str(environ.get("CONTENT_LENGTH") or -1)
        if not length.removeprefix("-").isdecimal():
            return None  # the web server refuses such a request
        content = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = BytesIO(content)
        names = {
            key: key[5:].lower().replace("_", "-").encode() for key in environ if key.startswith("HTTP_")
        } | CONTENT
        scope = {
            "method": environ["REQUEST_METHOD"],
            "raw_path": environ["PATH_INFO"].encode("latin-1"),
            "headers": [(name, str(environ[key]).encode("latin-1")) for key, name in names.items() if environ.get(key)],
        }
        return asyncio.run(self.quick(scope, BytesIO(content), arrival_of(environ)))


def arrival_of(environ: Mapping[str, Any]) -> float:
    """Return when a request arrived, in Unix seconds. Some tests set it in a header, as the server does."""
    try:
        arrived = float(environ[f"HTTP_{ARRIVED_HEADER}"])
        datetime.fromtimestamp(arrived, UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return time.time()
    return arrived

"""Static files for slow connections: compressed once, and cached permanently by browsers.

The address of each file contains a fingerprint of its content, so a browser may keep the file. The scripts and style
sheets of pages are in `static/built`: `make scripts` builds them from `static/js` and `static/css`.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.security import safe_join

from app.encodings import Encoding, best_encoding, compress_file

COMPRESSED = (".css", ".js", ".svg")
CACHE_IMMUTABLE = "max-age=31536000, immutable"
MAX_REMEMBERED = 256
"""Maximum number of files in memory. The maximum is reached only if files change while the server runs."""
_FINGERPRINT = re.compile(r"v[0-9a-f]{12}/")


@dataclass(frozen=True)
class StaticFile:
    """A static file: its bytes, whether it is sent compressed, and a fingerprint of its content."""

    body: bytes
    is_text: bool
    fingerprint: str


def init_app(app: Flask) -> None:
    """Replace Flask's built-in view for static files."""
    folder = Path(str(app.static_folder))
    app.view_functions["static"] = lambda filename: serve(folder, filename)

    @app.url_defaults
    def add_fingerprint(endpoint: str, values: dict[str, Any]) -> None:
        path = folder / values["filename"] if endpoint == "static" and "filename" in values else None
        if path and path.is_file():
            values["filename"] = f"{read(path).fingerprint}/{values['filename']}"


def serve(folder: Path, filename: str) -> Response:
    """Return a static file, or 404. Browsers may keep it only if the address has the current fingerprint."""
    path = safe_join(str(folder), _FINGERPRINT.sub("", filename, count=1))
    if path is None or not Path(path).is_file():
        abort(404)
    file = read(Path(path))
    is_current = filename.startswith(f"{file.fingerprint}/")
    encoding = best_encoding(request.accept_encodings) if file.is_text else None
    response = Response(_compressed(file, encoding) if encoding else file.body)
    response.content_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    response.headers["Cache-Control"] = CACHE_IMMUTABLE if is_current else "no-cache"
    response.vary.add("Accept-Encoding")
    if encoding:
        response.content_encoding = str(encoding)
    if not is_current:
        response.add_etag()
        response.make_conditional(request)
    return response


def read(path: Path) -> StaticFile:
    """Return the current content of a file. It is read again only if it has changed."""
    found = path.stat()
    return _read(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=MAX_REMEMBERED)
def _read(path: Path, _changed_at: int, _size: int) -> StaticFile:
    body = path.read_bytes()
    return StaticFile(body, path.suffix in COMPRESSED, f"v{hashlib.sha256(body).hexdigest()[:12]}")


@lru_cache(maxsize=MAX_REMEMBERED)
def _compressed(file: StaticFile, encoding: Encoding) -> bytes:
    return compress_file(file.body, encoding)

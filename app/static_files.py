"""Static files for a thin line: compressed once, scripts and styles without their comments, and never asked for twice.

Their addresses carry a fingerprint of all static files, so a browser may keep them for good; modules import each other
by relative addresses and so stay within one fingerprint. Comments are for those who read the source: they stay in it.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.security import safe_join

COMPRESSED = (".css", ".js", ".svg")
FOR_GOOD = "max-age=31536000, immutable"
_FINGERPRINT = re.compile(r"v[0-9a-f]{12}/")
_TRAILING = re.compile(rb"(?<=[;,{}()]) +// [^\n\"'`]*$", re.MULTILINE)
_STYLE_COMMENTS = re.compile(rb"[ \t]*/\*.*?\*/\n?", re.DOTALL)
_COMMENTS = re.compile(rb"^[ \t]*(?://[^\n]*|/\*.*?\*/[ \t]*)(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_INDENTATION = re.compile(rb"^\s+", re.MULTILINE)


def init_app(app: Flask) -> None:
    """Take the place of Flask's own view of the static folder."""
    folder = Path(str(app.static_folder))
    app.view_functions["static"] = lambda filename: serve(folder, filename)

    @app.url_defaults
    def add_fingerprint(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values["filename"] = f"{fingerprint(folder)}/{values['filename']}"


def serve(folder: Path, filename: str) -> Response:
    """Answer with a static file; 404 where there is none. One under an older fingerprint is given, and not kept."""
    is_current = filename.startswith(f"{fingerprint(folder)}/")
    path = safe_join(str(folder), _FINGERPRINT.sub("", filename, count=1))
    if path is None or not Path(path).is_file():
        abort(404)
    body, squeezed = content(Path(path), Path(path).stat().st_mtime_ns)
    is_squeezed = squeezed is not None and request.accept_encodings["gzip"] > 0
    response = Response(squeezed if is_squeezed else body)
    response.content_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    response.headers["Cache-Control"] = FOR_GOOD if is_current else "no-cache"
    response.vary.add("Accept-Encoding")
    if is_squeezed:
        response.content_encoding = "gzip"
    if not is_current:
        response.add_etag()
        response.make_conditional(request)
    return response


@cache
def content(path: Path, _changed_at: int) -> tuple[bytes, bytes | None]:
    """Return the bytes of a file as they are sent, and the same compressed where that is worth it."""
    body = path.read_bytes()
    if "vendor" not in path.parts:
        body = {".js": script_without_comments, ".css": style_without_comments}.get(path.suffix, bytes)(body)
    return body, gzip.compress(body, 9, mtime=0) if path.suffix in COMPRESSED else None


def script_without_comments(script: bytes) -> bytes:
    """Return a script of ours without indentation, empty lines, and comments that end a line or have it to themselves."""
    return _INDENTATION.sub(b"", _TRAILING.sub(b"", _COMMENTS.sub(b"", script)))


def style_without_comments(style: bytes) -> bytes:
    """Return a style sheet of ours without comments, indentation and empty lines."""
    return _INDENTATION.sub(b"", _STYLE_COMMENTS.sub(b"", style))


@cache
def fingerprint(folder: Path) -> str:
    """Return a name for the state of all static files, as it was when this process first needed it."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return f"v{digest.hexdigest()[:12]}"

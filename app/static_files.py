"""Static files for slow connections: compressed once, and cached permanently by browsers.

The address of each file contains a fingerprint of its content, so a browser may keep the file. The scripts and style
sheets of pages are in `static/built`: `make scripts` builds them from `static/js` and `static/css`. A built file that is
missing is replaced by its source, so that pages work without a build.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, abort, request
from markupsafe import Markup
from werkzeug.security import safe_join

from app.encodings import Encoding, best_encoding, compress_file

STATIC = Path(__file__).parent / "static"
COMPRESSED = (".css", ".js", ".svg")
CACHE_IMMUTABLE = "max-age=31536000, immutable"
MAX_REMEMBERED = 256
"""Maximum number of files in memory. The maximum is reached only if files change while the server runs."""
SAFE_IN_DATA = "/:=,.()"
"""Characters of the icon that need no escape in a data address."""
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
    app.jinja_env.globals["first_styles"] = first_styles
    app.jinja_env.globals["icon_address"] = icon_address
    app.view_functions["static"] = lambda filename: serve(folder, filename)

    @app.url_defaults
    def add_fingerprint(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" or "filename" not in values:
            return
        name = values["filename"] if (folder / values["filename"]).is_file() else _source_of(values["filename"])
        if (folder / name).is_file():
            values["filename"] = f"{_fingerprint_of(folder / name)}/{name}"


def first_styles() -> Markup:
    """Return the style sheet that is part of every page, so that its masthead is shown before other files arrive."""
    return Markup("<style>") + Markup(_first_styles().body.decode().strip()) + Markup("</style>")  # noqa: S704


def icon_address() -> str:
    """Return the page's icon as a data address, because a request for it would have more bytes in its headers than the icon."""
    return f"data:image/svg+xml,{quote(read(STATIC / 'icons' / 'favicon.svg').body.strip(), safe=SAFE_IN_DATA)}"


def first_styles_source() -> str:
    """Return the hash that allows these styles in a Content-Security-Policy."""
    digest = hashlib.sha256(_first_styles().body.decode().strip().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _first_styles() -> StaticFile:
    built = STATIC / "built" / "first.css"
    return read(built if built.is_file() else STATIC / "css" / "first.css")


def serve(folder: Path, filename: str) -> Response:
    """Return a static file, or 404. Browsers may keep it only if the address has the current fingerprint."""
    path = safe_join(str(folder), _FINGERPRINT.sub("", filename, count=1))
    if path is None or not Path(path).is_file():
        abort(404)
    is_current = filename.startswith(f"{_fingerprint_of(Path(path))}/")
    return send(read(Path(path)), mimetypes.guess_type(path)[0] or "application/octet-stream", is_current=is_current)


def send(file: StaticFile, content_type: str, *, is_current: bool) -> Response:
    """Return a file that browsers keep permanently if `is_current`, and otherwise ask for again."""
    encoding = best_encoding(request.accept_encodings) if file.is_text else None
    response = Response(_compressed(file, encoding) if encoding else file.body)
    response.content_type = content_type
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


def fingerprint(content: bytes) -> str:
    """Return the version in the address of a file with this content."""
    return f"v{hashlib.sha256(content).hexdigest()[:12]}"


@lru_cache(maxsize=MAX_REMEMBERED)
def _read(path: Path, _changed_at: int, _size: int) -> StaticFile:
    body = path.read_bytes()
    return StaticFile(body, path.suffix in COMPRESSED, fingerprint(body))


def _fingerprint_of(path: Path) -> str:
    """Return the version in the address of a file. All built scripts have the same one.

    They import each other by relative addresses. With a version for each, browsers would keep outdated imports, and
    would run a script twice if it had two addresses.
    """
    if path.suffix != ".js" or path.parent.name != "built":
        return read(path).fingerprint
    return fingerprint("".join(read(other).fingerprint for other in sorted(path.parent.glob("*.js"))).encode())


def _source_of(name: str) -> str:
    """Return the source file that replaces a missing built file."""
    return name.replace("built/", "css/" if name.endswith(".css") else "js/pages/", 1)


@lru_cache(maxsize=MAX_REMEMBERED)
def _compressed(file: StaticFile, encoding: Encoding) -> bytes:
    return compress_file(file.body, encoding)

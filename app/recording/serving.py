"""A recording on its way to a player: its true type and nothing else, by ranges, never kept by anything between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug import Response
from werkzeug.http import dump_options_header
from werkzeug.utils import send_file

from app.recording.models import Media
from app.storage import Storage

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def media_response(storage: Storage, media: Media, environ: WSGIEnvironment) -> Response:
    """Return the file of a take, or the range of it that was asked for (206, or 416 when it has none such; RFC 9110, 14).

    The name that it is saved under says nothing of its interview. Raises FileNotFoundError and StorageAway.
    """
    name = f"answer{Path(media.key).suffix}"
    path = storage.local_path(media.key)
    if path is not None:
        response = send_file(
            path, environ, mimetype=media.content_type, download_name=name, etag=media.id, max_age=None
        )
    else:
        response = _from_bucket(storage, media, environ, name)
    response.headers.update(HEADERS)
    return response


class StoredBytes:
    """An object of a bucket as an iterable that can begin anywhere, so that a far range is asked for and not read up to."""

    def __init__(self, storage: Storage, key: str):
        self._storage, self._key = storage, key
        self._place = 0
        self._pieces: Iterator[bytes] | None = None

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, place: int) -> None:
        """Begin at this byte."""
        self._place, self._pieces = place, None

    def tell(self) -> int:
        """Return the byte that comes next."""
        return self._place

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._pieces is None:
            self._pieces = self._storage.stream(self._key, self._place)
        piece = next(self._pieces)
        self._place += len(piece)
        return piece


def _from_bucket(storage: Storage, media: Media, environ: WSGIEnvironment, name: str) -> Response:
    storage.size(media.key)  # a missing object is said before the first byte
    response = Response(StoredBytes(storage, media.key), mimetype=media.content_type, direct_passthrough=True)
    response.content_length = media.size
    response.set_etag(media.id)
    response.last_modified = media.created_at
    response.headers["Content-Disposition"] = dump_options_header("inline", {"filename": name})
    return response.make_conditional(environ, accept_ranges=True, complete_length=media.size)

"""Serve recordings to players: with the true content type, by byte ranges, and never cached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug import Response
from werkzeug.http import dump_options_header
from werkzeug.utils import send_file

from app.file_names import file_name
from app.media.kinds import SUFFIXES, content_type
from app.recording.models import Media, UntrimmedMedia
from app.storage import Storage

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SERVED_FILE = "fairtake.served_file"
"""Key of the request's environment for the path of a file. The web server may send more of it for a few seconds."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def media_response(
    storage: Storage,
    media: Media | UntrimmedMedia,
    environ: WSGIEnvironment,
    *,
    name: Sequence[object],
    sound_alone: bool = False,
    may_be_kept: bool = False,
) -> Response:
    """Return the file of a take, or the requested byte range (206, or 416 if there is no such range; RFC 9110, 14).

    `sound_alone` selects the file without its picture; the caller has checked that it exists. `name` has the words of
    the file name. With `may_be_kept`, the web server may send more ranges to this person without asking again, for a few
    seconds (`app/server/ranges.py`). Raises FileNotFoundError if the file is missing, and StorageUnavailableError if the
    storage does not respond.
    """
    file = _file_of(media, name, sound_alone)
    response = file_response(storage, file, environ)
    path = storage.local_path(file.key) if may_be_kept else None
    if path is not None:
        environ[SERVED_FILE] = str(path)
    return response


def original_response(
    storage: Storage, media: Media, number: int, environ: WSGIEnvironment, *, name: Sequence[object]
) -> Response:
    """Return original file `number` (from 1) of a recording that was encoded again, as a download.

    `name` has the words of the file name. Raises FileNotFoundError if the file is missing, and StorageUnavailableError
    if the storage does not respond.
    """
    key = media.original_keys[number - 1]
    called = (*name, "original", number)
    file = StoredFile(key, content_type_of(key, has_video=media.has_video), f"{media.id}-original-{number}", called)
    response = file_response(storage, file, environ)
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": file.name})
    return response


def content_type_of(key: str, *, has_video: bool = True) -> str:
    """Return the content type for a storage key, from its suffix. An unknown suffix gives application/octet-stream."""
    kind = next((kind for kind, suffix in SUFFIXES.items() if key.endswith(suffix)), None)
    return content_type(kind, has_video=has_video) if kind else "application/octet-stream"


def file_response(storage: Storage, file: StoredFile, environ: WSGIEnvironment) -> Response:
    """Return a stored file, or the requested byte range.

    Raises FileNotFoundError if the file is missing, and StorageUnavailableError if the storage does not respond.
    """
    path = storage.local_path(file.key)
    if path is not None:
        response = send_file(
            path, environ, mimetype=file.content_type, download_name=file.name, etag=file.etag, max_age=None
        )
    else:
        response = _from_bucket(storage, file, environ)
    response.headers.update(HEADERS)
    del response.headers["Last-Modified"]  # the time of the recording could reveal an extended deadline
    return response


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file to serve: storage key, content type, entity tag, and the words of its download name."""

    key: str
    content_type: str
    etag: str
    called: Sequence[object]
    """The words of the download name."""

    @property
    def name(self) -> str:
        """Return the download name."""
        return file_name(*self.called, suffix=Path(self.key).suffix.lstrip("."))


def _file_of(media: Media | UntrimmedMedia, name: Sequence[object], sound_alone: bool) -> StoredFile:
    etag = media.id if isinstance(media, Media) else sha256(media.key.encode()).hexdigest()[:32]
    if not sound_alone or media.sound_key is None:
        return StoredFile(media.key, media.content_type, etag, name)
    return StoredFile(media.sound_key, media.content_type.replace("video/", "audio/"), f"{etag}-sound", name)


class StoredBytes:
    """An object in a bucket as a seekable iterable. A distant range is read directly, without the bytes before it."""

    def __init__(self, storage: Storage, key: str):
        self._storage, self._key = storage, key
        self._place = 0
        self._pieces: Iterator[bytes] | None = None

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, place: int) -> None:
        """Continue reading at byte `place`."""
        self._place, self._pieces = place, None

    def tell(self) -> int:
        """Return the position of the next byte."""
        return self._place

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._pieces is None:
            self._pieces = self._storage.stream(self._key, self._place)
        piece = next(self._pieces)
        self._place += len(piece)
        return piece


def _from_bucket(storage: Storage, file: StoredFile, environ: WSGIEnvironment) -> Response:
    size = storage.size(file.key)  # a missing object raises an error here, before the first byte is sent
    response = Response(StoredBytes(storage, file.key), mimetype=file.content_type, direct_passthrough=True)
    response.content_length = size
    response.set_etag(file.etag)
    response.headers["Content-Disposition"] = dump_options_header("inline", {"filename": file.name})
    return response.make_conditional(environ, accept_ranges=True, complete_length=size)

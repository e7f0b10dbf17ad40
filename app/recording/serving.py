"""A recording on its way to a player: its true type and nothing else, by ranges, never kept by anything between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug import Response
from werkzeug.http import dump_options_header
from werkzeug.utils import send_file

from app.file_names import file_name
from app.media.kinds import SUFFIXES, content_type
from app.recording.models import Media
from app.storage import Storage

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def media_response(
    storage: Storage, media: Media, environ: WSGIEnvironment, *, name: Sequence[object], sound_alone: bool = False
) -> Response:
    """Return the file of a take, or the range of it that was asked for (206, or 416 when it has none such; RFC 9110, 14).

    With `sound_alone` the file without its picture, which the caller knows to be there.

    `name` is what it is called after when it is saved. Raises FileNotFoundError and StorageUnavailableError.
    """
    return file_response(storage, _file_of(media, name, sound_alone), environ)


def original_response(
    storage: Storage, media: Media, number: int, environ: WSGIEnvironment, *, name: Sequence[object]
) -> Response:
    """Return what was recorded before it was encoded again: file `number` of it, from 1, to be saved and not shown.

    `name` is what it is called after. Raises FileNotFoundError and StorageUnavailableError.
    """
    key = media.original_keys[number - 1]
    called = (*name, "original", number)
    file = StoredFile(key, content_type_of(key, has_video=media.has_video), f"{media.id}-original-{number}", called)
    response = file_response(storage, file, environ)
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": file.name})
    return response


def content_type_of(key: str, *, has_video: bool = True) -> str:
    """Return the type of a file by the end of its key, which is ours; that of a file of unknown kind says nothing."""
    kind = next((kind for kind, suffix in SUFFIXES.items() if key.endswith(suffix)), None)
    return content_type(kind, has_video=has_video) if kind else "application/octet-stream"


def file_response(storage: Storage, file: StoredFile, environ: WSGIEnvironment) -> Response:
    """Return a file of storage, or the range of it that was asked for. Raises FileNotFoundError and StorageUnavailableError."""
    path = storage.local_path(file.key)
    if path is not None:
        response = send_file(
            path, environ, mimetype=file.content_type, download_name=file.name, etag=file.etag, max_age=None
        )
    else:
        response = _from_bucket(storage, file, environ)
    response.headers.update(HEADERS)
    del response.headers["Last-Modified"]  # when it was recorded tells of a later deadline; the entity tag is enough
    return response


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it is served: where it lies, what it is, its entity tag, and what it is called when it is saved."""

    key: str
    content_type: str
    etag: str
    called: Sequence[object]
    """What its name is made of when it is saved."""

    @property
    def name(self) -> str:
        """What it is called when it is saved."""
        return file_name(*self.called, suffix=Path(self.key).suffix.lstrip("."))


def _file_of(media: Media, name: Sequence[object], sound_alone: bool) -> StoredFile:
    if not sound_alone or media.sound_key is None:
        return StoredFile(media.key, media.content_type, media.id, name)
    return StoredFile(media.sound_key, media.content_type.replace("video/", "audio/"), f"{media.id}-sound", name)


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


def _from_bucket(storage: Storage, file: StoredFile, environ: WSGIEnvironment) -> Response:
    size = storage.size(file.key)  # a missing object is said before the first byte
    response = Response(StoredBytes(storage, file.key), mimetype=file.content_type, direct_passthrough=True)
    response.content_length = size
    response.set_etag(file.etag)
    response.headers["Content-Disposition"] = dump_options_header("inline", {"filename": file.name})
    return response.make_conditional(environ, accept_ranges=True, complete_length=size)

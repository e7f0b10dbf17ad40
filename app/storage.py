"""Object storage for recordings: a local folder or an S3 bucket. Every key is checked to be inside the root."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from flask import current_app
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.durable_files import Folders, flush_file, flush_folder, write_file

CHUNK = 64 * 1024
RANGE = 4 * 1024 * 1024
"""Size of one range request to a bucket in bytes."""
KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}")


Flush = Callable[[], None]
"""Flushes the bytes of one created object to disk. Call it once."""


class StorageUnavailableError(OSError):
    """Storage does not respond, is full or refuses the request. Nothing was stored; the caller can try again."""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Convert errors of the disk or bucket to StorageUnavailableError. A missing key is still a FileNotFoundError."""
    try:
        yield
    except (FileNotFoundError, StorageUnavailableError):
        raise
    except (OSError, BaseError) as problem:
        raise StorageUnavailableError(type(problem).__name__) from problem


def validate_key(key: str) -> str:
    """Return the key if it consists of plain lower-case names. Raises ValueError if it could leave the root."""
    if len(key) > 200 or not KEY.fullmatch(key):
        raise ValueError("not a storage key")
    return key


class Storage(Protocol):
    """The storage interface.

    A missing key raises FileNotFoundError, an invalid key ValueError, and a temporary failure StorageUnavailableError.
    """

    def put(self, key: str, content: bytes) -> None:
        """Store the bytes. When this returns, they survive a power failure."""

    def put_file(self, key: str, path: Path) -> None:
        """Store a local file under the key, as durably as `put`."""

    def create(self, key: str, content: bytes) -> Flush:
        """Write the bytes under a key that was never used before. Faster than `put` for many small objects.

        They survive a power failure after a call of the returned function, and of `flush_names`, in any order. A crash
        before that can leave an incomplete object, so nobody may read it earlier.
        """

    def flush_names(self, keys: Iterable[str]) -> None:
        """Make the names of created objects durable. Raises StorageUnavailableError if that fails for one of them."""

    def size(self, key: str) -> int:
        """Return the size of the object in bytes."""

    def stream(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield `length` bytes (None: all) from byte `start`, in pieces of at most 4 MiB."""

    def delete(self, key: str) -> None:
        """Delete the object. A missing key is ignored."""

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys below a folder, in no particular order."""

    def local_path(self, key: str) -> Path | None:
        """Return the local path of the object, or None for a bucket."""

    def remove_leftovers(self, before: datetime) -> int:
        """Delete the remains of unfinished writes that are older than `before`. Returns how many."""


class LocalStorage:
    """A local folder. Files get a temporary name, are flushed to disk and then renamed. New folders are flushed too.

    `create` writes under the final name, and leaves the flush of the folder to `flush_names`.
    """

    def __init__(self, root: Path):
        self.root = root.resolve()
        self.root.mkdir(parents=True, exist_ok=True)
        self._folders = Folders(self.root)

    def put(self, key: str, content: bytes) -> None:
        self._write(key, lambda file: file.write(content))

    def put_file(self, key: str, path: Path) -> None:
        with path.open("rb") as source:
            self._write(key, lambda file: shutil.copyfileobj(source, file, RANGE))

    def create(self, key: str, content: bytes) -> Flush:
        folder, name = self._split(key)
        path = os.path.join(folder, name)
        with translated_errors():
            descriptor = self._folders.open_new(folder, name)
            write_file(descriptor, path, content)
        return partial(_flush_created, descriptor, path)

    def flush_names(self, keys: Iterable[str]) -> None:
        try:
            for folder in {self._split(key)[0] for key in keys}:
                flush_folder(folder)
        except OSError as problem:
            raise StorageUnavailableError(type(problem).__name__) from problem

    def size(self, key: str) -> int:
        with translated_errors():
            return self._path(key).stat().st_size

    def stream(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        with translated_errors():
            return _read_pieces(self._path(key).open("rb"), start, length)

    def delete(self, key: str) -> None:
        path = self._path(key)
        with translated_errors():
            path.unlink(missing_ok=True)
        with suppress(OSError):  # also remove parent folders that are empty now
            for folder in path.parents:
                if folder == self.root:
                    return
                folder.rmdir()

    def list(self, prefix: str) -> Iterator[str]:
        folder = self._path(prefix)
        with translated_errors():
            for path in folder.rglob("*") if folder.is_dir() else ():
                if path.is_file() and not path.name.startswith("."):
                    yield path.relative_to(self.root).as_posix()

    def local_path(self, key: str) -> Path | None:
        return self._path(key)

    def remove_leftovers(self, before: datetime) -> int:
        found = 0
        for path in self.root.rglob(".*"):
            with suppress(FileNotFoundError):
                if TEMPORARY.fullmatch(path.name) and path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    found += 1
        return found

    def _path(self, key: str) -> Path:
        path = (self.root / validate_key(key)).resolve()
        if not path.is_relative_to(self.root):
            raise ValueError("not a storage key")
        return path

    def _split(self, key: str) -> tuple[Path, str]:
        """Return the folder of a key, and the name of its file. Links are not looked at: see `Folders.open_new`."""
        folder, _slash, name = validate_key(key).rpartition("/")
        return self.root / folder, name

    def _write(self, key: str, write: Callable[[BinaryIO], object]) -> None:
        path = self._path(key)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        with translated_errors():
            try:
                with self._folders.create(temporary) as file:
                    write(file)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, path)
                flush_folder(path.parent)
            finally:
                temporary.unlink(missing_ok=True)


class BucketStorage:
    """A bucket (S3 or compatible), accessed through obstore. Credentials come from the usual AWS variables."""

    def __init__(self, url: str):
        self.store = S3Store.from_url(
            url,
            client_options={"allow_http": True, "connect_timeout": "5s", "timeout": "120s"},
            retry_config={
                "max_retries": 3,
                "retry_timeout": timedelta(seconds=15),
            },  # a person is waiting for the response
        )

    def put(self, key: str, content: bytes) -> None:
        with translated_errors():
            obstore.put(self.store, validate_key(key), content)

    def put_file(self, key: str, path: Path) -> None:
        with translated_errors():
            obstore.put(self.store, validate_key(key), path)

    def create(self, key: str, content: bytes) -> Flush:
        self.put(key, content)
        return _do_nothing

    def flush_names(self, keys: Iterable[str]) -> None:
        """Objects in a bucket are durable when they are stored."""

    def size(self, key: str) -> int:
        with translated_errors():
            return int(obstore.head(self.store, validate_key(key))["size"])

    def stream(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        size = self.size(key)
        return self._ranges(key, start, size if length is None else min(size, start + length))

    def delete(self, key: str) -> None:
        with translated_errors():
            obstore.delete(self.store, validate_key(key))

    def list(self, prefix: str) -> Iterator[str]:
        with translated_errors():
            for batch in obstore.list(self.store, prefix=validate_key(prefix)):
                for entry in batch:
                    yield str(entry["path"])

    def local_path(self, key: str) -> Path | None:
        validate_key(key)
        return None

    def remove_leftovers(self, before: datetime) -> int:
        return 0  # an unfinished multipart upload is not an object; a lifecycle rule of the bucket removes it

    def _ranges(self, key: str, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            with translated_errors():
                piece = bytes(obstore.get_range(self.store, key, start=start, length=min(end - start, RANGE)))
            start += len(piece)
            yield piece


def open_storage(url: str) -> Storage:
    """Return the storage for a URL of `FAIRTAKE_STORAGE_URL`."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStorage(Path(unquote(parts.path)))
    return BucketStorage(url)


def get_storage() -> Storage:
    """Return the storage of the current application."""
    storage: Storage = current_app.extensions["storage"]
    return storage


def read(storage: Storage, key: str) -> bytes:
    """Return all bytes of an object. Only for small objects."""
    return b"".join(storage.stream(key))


def fetch_to(storage: Storage, key: str, path: Path) -> None:
    """Write the bytes of an object to a local file."""
    with path.open("wb") as file:
        for piece in storage.stream(key):
            file.write(piece)


def _read_pieces(file: BinaryIO, start: int, length: int | None) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = length
        while left is None or left > 0:
            piece = file.read(CHUNK if left is None else min(CHUNK, left))
            if not piece:
                return
            if left is not None:
                left -= len(piece)
            yield piece


def _flush_created(descriptor: int, path: str) -> None:
    with translated_errors():
        flush_file(descriptor, path)


def _do_nothing() -> None:
    pass

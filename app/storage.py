"""Object storage for recordings: a local folder, or a bucket that speaks S3. Every key is proved inside its root."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flask import current_app

CHUNK = 64 * 1024
KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


def prove_key(key: str) -> str:
    """Return the key if it is made of plain lower-case names; raise ValueError for anything that could leave the root."""
    if len(key) > 200 or not KEY.fullmatch(key):
        raise ValueError("not a storage key")
    return key


class Storage(Protocol):
    """What the rooms may ask of storage. A missing key is FileNotFoundError, a bad key ValueError."""

    def put(self, key: str, content: bytes) -> None:
        """Store the bytes; when this returns they survive a power cut."""

    def put_file(self, key: str, path: Path) -> None:
        """Store a local file under the key, as durably as `put`."""

    def size(self, key: str) -> int:
        """Return the number of bytes."""

    def stream(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start`, `length` of them or all, in pieces of at most 64 KiB or so."""

    def delete(self, key: str) -> None:
        """Remove the key; one that is missing already is no error."""

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys below a folder, in no particular order."""

    def local_path(self, key: str) -> Path | None:
        """Return where the bytes lie on this machine, or None for a bucket."""


class LocalStorage:
    """A folder. A write goes to a temporary name, is flushed to disk and then renamed."""

    def __init__(self, root: Path):
        self.root = root.resolve()
        self.root.mkdir(parents=True, exist_ok=True)

    def put(self, key: str, content: bytes) -> None:
        path = self._prepare(key)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._settle(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    def put_file(self, key: str, path: Path) -> None:
        target = self._prepare(key)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
        try:
            shutil.copyfile(path, temporary)
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            self._settle(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)

    def size(self, key: str) -> int:
        return self._path(key).stat().st_size

    def stream(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        file = self._path(key).open("rb")
        return _read_pieces(file, start, length)

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def list(self, prefix: str) -> Iterator[str]:
        for path in sorted(self._path(prefix).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(self.root).as_posix()

    def local_path(self, key: str) -> Path | None:
        return self._path(key)

    def _path(self, key: str) -> Path:
        path = (self.root / prove_key(key)).resolve()
        if not path.is_relative_to(self.root):
            raise ValueError("not a storage key")
        return path

    def _prepare(self, key: str) -> Path:
        path = self._path(key)
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            _flush_folder(path.parent.parent)
        return path

    @staticmethod
    def _settle(temporary: Path, path: Path) -> None:
        os.replace(temporary, path)
        _flush_folder(path.parent)


class BucketStorage:
    """A bucket behind obstore (S3 and what speaks like it); credentials come from the usual AWS variables."""

    def __init__(self, url: str):
        from obstore.store import S3Store

        self.store = S3Store.from_url(url, client_options={"allow_http": True})

    def put(self, key: str, content: bytes) -> None:
        import obstore

        obstore.put(self.store, prove_key(key), content)

    def put_file(self, key: str, path: Path) -> None:
        import obstore

        obstore.put(self.store, prove_key(key), path)

    def size(self, key: str) -> int:
        import obstore

        return int(obstore.head(self.store, prove_key(key))["size"])

    def stream(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        import obstore

        end = self.size(key) if length is None else min(self.size(key), start + length)
        while start < end:
            step = min(end - start, 64 * CHUNK)
            yield bytes(obstore.get_range(self.store, prove_key(key), start=start, length=step))
            start += step

    def delete(self, key: str) -> None:
        import obstore

        obstore.delete(self.store, prove_key(key))

    def list(self, prefix: str) -> Iterator[str]:
        import obstore

        for batch in obstore.list(self.store, prefix=prove_key(prefix)):
            for entry in batch:
                yield str(entry["path"])

    def local_path(self, key: str) -> Path | None:
        prove_key(key)
        return None


def open_storage(url: str) -> Storage:
    """Return the storage that `FAIRTAKE_STORAGE_URL` names."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStorage(Path(unquote(parts.path)))
    return BucketStorage(url)


def get_storage() -> Storage:
    """Return the storage of the running application."""
    storage: Storage = current_app.extensions["storage"]
    return storage


def read(storage: Storage, key: str) -> bytes:
    """Return all bytes of a key: for what is known to be small."""
    return b"".join(storage.stream(key))


def fetch_to(storage: Storage, key: str, path: Path) -> None:
    """Write the bytes of a key to a local file."""
    with path.open("wb") as file:
        for piece in storage.stream(key):
            file.write(piece)


def _read_pieces(file, start: int, length: int | None) -> Iterator[bytes]:  # type: ignore[no-untyped-def]
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


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

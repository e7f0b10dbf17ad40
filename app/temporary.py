"""Temporary files: in one folder of ours, open to nobody else, swept of what a killed process left, erased with a person.

A workspace is a folder `<root>/<owner>/<random name>` that its process keeps locked. The lock goes with the process,
however that ends, so a workspace that can be locked belongs to nobody any more and is deleted by the next sweep. The owner
is the id of what the files are about: all workspaces of a take can be erased by it.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from flask import Flask

from app.config import current_config

OWNER = re.compile(r"[a-z0-9-]{1,64}")
MIN_AGE_SECONDS = 60
"""A folder younger than this may be one that its process is about to lock."""
MAX_STRAY_SECONDS = 24 * 3600
"""How long a file of a library is left where there should be folders alone."""
PRIVATE = 0o700


@contextmanager
def workspace(owner: str) -> Iterator[Path]:
    """Give an empty folder for files about `owner`, and delete it with all that is in it at the end."""
    folder = _make(root() / prove_owner(owner))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield folder
    finally:
        _delete(folder)
        os.close(descriptor)


def erase(owner: str) -> None:
    """Delete all temporary files about `owner` on this machine, those that a process is using too."""
    shutil.rmtree(root() / prove_owner(owner), ignore_errors=True)


def sweep() -> int:
    """Delete what processes left that were killed; returns how many folders and files. Those in use stay."""
    found = 0
    for owner in _entries(root()):
        if owner.is_dir() and not owner.is_symlink():
            found += sum(_delete_if_left(folder) for folder in _entries(owner))
            with suppress(OSError):
                owner.rmdir()
        elif _age(owner) > MAX_STRAY_SECONDS:
            owner.unlink(missing_ok=True)
            found += 1
    return found


def root() -> Path:
    """Return the folder for temporary files, which only this user may open."""
    config = current_config()
    return _private(config.temporary_root)


def use_for_libraries(app: Flask) -> None:
    """Let the libraries of this process put their temporary files there too: forms with files, bodies of requests.

    For the entry points alone: it holds for the whole process.
    """
    tempfile.tempdir = str(_private(app.config["FAIRTAKE"].temporary_root))


def unnamed_file(folder: Path | None = None) -> IO[bytes]:
    """Return a new file without a name, which is gone when it is closed and when its process ends, however that ends.

    It lies in `folder`; else where the temporary files of libraries are.
    """
    return cast("IO[bytes]", tempfile.TemporaryFile(dir=folder))


def folder_of_libraries() -> Path:
    """Return where the libraries of this process put their temporary files."""
    return Path(tempfile.gettempdir())


def prove_owner(owner: str) -> str:
    """Return the owner if it is a plain name; raises ValueError for what could leave the folder."""
    if not OWNER.fullmatch(owner):
        raise ValueError("not the owner of temporary files")
    return owner


def _private(folder: Path) -> Path:
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(PRIVATE)
    return folder


def _make(owner: Path) -> Path:
    folder = owner / secrets.token_hex(8)
    for _attempt in range(5):
        owner.mkdir(mode=PRIVATE, exist_ok=True)
        with suppress(FileNotFoundError):  # another process has just deleted the empty folder
            folder.mkdir(mode=PRIVATE)
            return folder
    raise FileNotFoundError("a folder for temporary files could not be made")


def _delete(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # there are others
        folder.parent.rmdir()


def _delete_if_left(folder: Path) -> bool:
    if _age(folder) < MIN_AGE_SECONDS:
        return False
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _entries(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return list(folder.iterdir())
    return []


def _age(path: Path) -> float:
    with suppress(FileNotFoundError):
        return time.time() - path.lstat().st_mtime
    return 0.0

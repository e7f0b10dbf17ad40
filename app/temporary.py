"""Temporary files in one private folder. They are deleted after a crash, and when the person they belong to is erased.

A workspace is a folder `<root>/<owner>/<random name>` that its process keeps locked. The lock ends with the process,
even if the process is killed. So a workspace that can be locked is abandoned, and the next sweep deletes it. The owner
is an id, such as that of a take. It is used to erase all workspaces of that take.
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
"""Minimum age of an abandoned folder. The process of a newer folder may be about to lock it."""
MAX_STRAY_SECONDS = 24 * 3600
"""Maximum age of files that libraries put into the root. The root should contain only folders."""
PRIVATE = 0o700


@contextmanager
def workspace(owner: str) -> Iterator[Path]:
    """Yield an empty folder for files that belong to `owner`. At the end, it is deleted with everything in it."""
    folder = _make(root() / validate_owner(owner))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield folder
    finally:
        _delete(folder)
        os.close(descriptor)


def erase(owner: str) -> None:
    """Delete all temporary files that belong to `owner` on this machine, including files in use."""
    shutil.rmtree(root() / validate_owner(owner), ignore_errors=True)


def sweep() -> int:
    """Delete the files and folders of killed processes. Returns their number. Folders in use are kept."""
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
    """Return the folder for temporary files, which only this user can open."""
    config = current_config()
    return _private(config.temporary_root)


def use_for_libraries(app: Flask) -> None:
    """Make the libraries of this process use this folder for temporary files too (form files, request bodies).

    Only for entry points, because it applies to the whole process.
    """
    tempfile.tempdir = str(_private(app.config["FAIRTAKE"].temporary_root))


def unnamed_file(folder: Path | None = None) -> IO[bytes]:
    """Return a new unnamed file. It is deleted when it is closed or its process ends, even if the process is killed.

    The file is in `folder`, or by default where the libraries put temporary files.
    """
    return cast("IO[bytes]", tempfile.TemporaryFile(dir=folder))


def spooled_file(in_memory: int) -> IO[bytes]:
    """Return a new file that is in memory up to this many bytes, and then on disk as an `unnamed_file`."""
    return cast("IO[bytes]", tempfile.SpooledTemporaryFile(in_memory))


def folder_of_libraries() -> Path:
    """Return the folder where the libraries of this process put temporary files."""
    return Path(tempfile.gettempdir())


def validate_owner(owner: str) -> str:
    """Return the owner if it is a plain name. Raises ValueError if it could leave the folder."""
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
    with suppress(OSError):  # fails if the folder is not empty
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

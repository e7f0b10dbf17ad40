"""New files in local folders that survive a power failure. The local storage (storage.py) uses them.

A file is durable after its bytes and its name are flushed: the file itself, and its folder.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

MAX_ATTEMPTS = 100
"""Attempts to create a file while other processes keep removing its folder because it is empty."""
MAX_FOLDERS = 64
"""Number of folders that are remembered because new files were written to them."""


class Folders:
    """The folders below a root. Remembers those whose names are flushed, so that they are not checked for each file."""

    def __init__(self, root: Path):
        self.root = root
        self._flushed: set[Path] = set()

    def make(self, folder: Path) -> None:
        """Create a folder and flush its name. Raises NotADirectoryError if the root does not exist."""
        if folder.is_dir():
            return
        if folder == self.root:
            raise NotADirectoryError("the folder for recordings does not exist")
        self.make(folder.parent)
        with suppress(
            FileNotFoundError, FileExistsError
        ):  # another process has created or removed it; opening the file will show which
            folder.mkdir()
            flush_folder(folder.parent)

    def create(self, path: Path) -> BinaryIO:
        """Create a file, and its folder if needed."""
        for _attempt in range(MAX_ATTEMPTS):
            self.make(path.parent)
            with suppress(FileNotFoundError):  # another process has just removed the empty folder
                return path.open("xb")
        raise NotADirectoryError("a folder keeps disappearing")

    def open_new(self, folder: Path, name: str) -> int:
        """Return the descriptor of a new, empty file. Raises FileExistsError if there is one of this name.

        Raises ValueError if a link leads out of the root.
        """
        path = os.path.join(folder, name)
        for _attempt in range(MAX_ATTEMPTS):
            try:
                if folder not in self._flushed:
                    self._prepare(folder)
                return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            except FileNotFoundError:  # another process has removed the empty folder
                self._flushed.discard(folder)
        raise NotADirectoryError("a folder keeps disappearing")

    def _prepare(self, folder: Path) -> None:
        """Create a folder if needed, and flush its name, which another process may just have created."""
        if not folder.resolve().is_relative_to(self.root):
            raise ValueError("not a storage key")
        self.make(folder)
        if folder != self.root:
            flush_folder(folder.parent)
        if len(self._flushed) >= MAX_FOLDERS:
            self._flushed.clear()
        self._flushed.add(folder)


def write_file(descriptor: int, path: str, content: bytes) -> None:
    """Write the bytes of a new file. If that fails, the file is closed and deleted."""
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
    except BaseException:
        os.close(descriptor)
        os.unlink(path)
        raise


def flush_file(descriptor: int, path: str) -> None:
    """Flush and close a new file. If that fails, it is deleted."""
    try:
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        os.unlink(path)
        raise


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

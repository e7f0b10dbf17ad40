"""Read the files of a speech model from a folder, an archive or Python packages. Code in packages is never executed.

A large file may be split into numbered parts (model.bin.part1, model.bin.part2), which are joined. Subfolders of a
folder are ignored, but packages and zip files in it are read. All folders of an archive are read.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from app.captions.speech.download import ModelDownloadError
from app.captions.speech.model_list import KnownFile, KnownModel, is_unchanged

ZIPPED = (".zip", ".whl")
TARRED = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")
BLOCK_BYTES = 1024 * 1024
PART = re.compile(r"\.part(\d+)")
UNREADABLE = (
    OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError,
)  # fmt: skip
"""Errors that the libraries raise if an archive is truncated, damaged, encrypted or of an unknown type.

zipfile raises NotImplementedError for a compression that it does not know.
"""
Opener = Callable[[], IO[bytes] | io.FileIO]


def copy_files(sources: Sequence[Path], model: KnownModel, target: Path) -> None:
    """Copy the files of a model from folders and archives to `target`, and verify each by its SHA-256.

    Files that are already in `target` and unchanged are not copied. Raises ModelDownloadError if a file is missing or
    differs from the list, or if an archive cannot be read; OSError if `target` cannot be written.
    """
    target.mkdir(parents=True, exist_ok=True)
    with _contents(sources) as contents:
        for name, known in model.files.items():
            if not is_unchanged(target / name, known):
                _copy(_parts(name, contents), name, known, target / name)


@contextmanager
def _contents(sources: Sequence[Path]) -> Iterator[Mapping[str, Opener]]:
    """Open the sources and yield a function that opens each file in them, by the file's base name."""
    found: dict[str, Opener] = {}
    with ExitStack() as stack:
        for source in sources:
            found |= _in_folder(source, stack) if source.is_dir() else _in_archive(source, stack)
        yield found


def _in_folder(folder: Path, stack: ExitStack) -> dict[str, Opener]:
    found: dict[str, Opener] = {}
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    for path in files:
        if path.name.endswith(ZIPPED):
            found |= _in_archive(path, stack)
    return found | {path.name: partial(io.FileIO, path) for path in files}


def _in_archive(path: Path, stack: ExitStack) -> dict[str, Opener]:
    try:
        if path.name.endswith(TARRED):
            tar = stack.enter_context(tarfile.open(path))  # noqa: SIM115
            return {_base(member.name): _opener_in_tar(tar, member) for member in tar if member.isreg()}
        archive = stack.enter_context(zipfile.ZipFile(path))
        return {
            _base(entry.filename): partial(archive.open, entry) for entry in archive.infolist() if not entry.is_dir()
        }
    except UNREADABLE as problem:
        raise ModelDownloadError(f"{path} cannot be read ({type(problem).__name__})") from None


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _opener_in_tar(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Opener:
    def opened() -> IO[bytes]:
        file = tar.extractfile(member)
        if file is None:
            raise tarfile.ExtractError(member.name)
        return file

    return opened


def _parts(name: str, contents: Mapping[str, Opener]) -> list[Opener]:
    """Return the functions that open a file: one, or one for each part of a split file, or none if it is missing."""
    if name in contents:
        return [contents[name]]
    numbered = {
        int(match.group(1)): opener
        for base, opener in contents.items()
        if base.startswith(name) and (match := PART.fullmatch(base.removeprefix(name)))
    }
    return [numbered[number] for number in sorted(numbered)]


def _copy(openers: Sequence[Opener], name: str, known: KnownFile, target: Path) -> None:
    """Write a file under a temporary name, and rename it after its SHA-256 was verified."""
    if not openers:
        raise ModelDownloadError(f"{name} is missing")
    arriving = target.with_name(f"{target.name}.incomplete")
    try:
        with arriving.open("wb") as out:
            found = _pour(openers, name, known, out)
            out.flush()
            os.fsync(out.fileno())
        if found != known.sha256:
            raise ModelDownloadError(
                f"{name} is not the expected file and was refused (SHA-256 {found}, expected {known.sha256})"
            )
        arriving.replace(target)
    finally:
        arriving.unlink(missing_ok=True)


def _pour(openers: Sequence[Opener], name: str, known: KnownFile, out: IO[bytes]) -> str:
    """Write the parts in order and return the SHA-256 of the whole file.

    Raises ModelDownloadError if the file is too long.
    """
    digest, size = hashlib.sha256(), 0
    for opener in openers:
        for block in _blocks(opener, name):
            size += len(block)
            if size > known.size:
                raise ModelDownloadError(f"{name} is longer than the expected file and was refused")
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _blocks(opener: Opener, name: str) -> Iterator[bytes]:
    try:
        with opener() as source:
            while block := source.read(BLOCK_BYTES):
                yield block
    except UNREADABLE as problem:
        raise ModelDownloadError(f"{name} cannot be read from its source ({type(problem).__name__})") from None

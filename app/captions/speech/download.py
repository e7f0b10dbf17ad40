"""Download a speech model in a child process, which can be killed if the server stops responding."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from multiprocessing.connection import Connection
from pathlib import Path

STALLED_S = 60.0
"""A download that receives no byte for this many seconds has failed. The library's own timeouts took up to 500 s."""
SILENT_S = 20.0
"""A server counts as unavailable if it has not reported the total size of the files after this many seconds."""
LOOK_S = 0.2
PARTS = "*.incomplete"


class ModelDownloadError(OSError):
    """A model could not be downloaded; the message says why. Complete files are kept for the next attempt."""


def download(
    repository: str,
    wanted: Sequence[str],
    progress: Callable[[int, int], None],
    *,
    revision: str | None = None,
    folder: Path | None = None,
    stalled_s: float = STALLED_S,
) -> None:
    """Download the wanted files of a repository, and report (bytes done, bytes total) during the download.

    The files are written to `folder`, or to the Hugging Face cache if `folder` is None. Raises ModelDownloadError if
    the download fails.
    """
    from huggingface_hub import constants

    cache = constants.HF_HUB_CACHE
    arriving = _Download(folder or Path(cache) / f"models--{repository.replace('/', '--')}" / "blobs")
    receiver, sender = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("spawn")
    arguments = (repository, list(wanted), revision, None if folder else cache, folder, sender)
    process = context.Process(target=_fetch, args=arguments, daemon=True)
    process.start()
    sender.close()
    try:
        _follow(receiver, arriving, progress, stalled_s)
    finally:
        process.kill()
        process.join()
        receiver.close()
        arriving.remove_parts()


def bytes_of(paths: Iterable[Path]) -> int:
    """Return the total size of the paths that are files."""
    total = 0
    for path in paths:
        with suppress(FileNotFoundError):  # the file was completed and renamed
            total += path.stat().st_size if path.is_file() else 0
    return total


class _Download:
    """The files of one download.

    Incomplete files of earlier attempts do not count, because the library does not resume them.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.others = set(folder.rglob(PARTS))

    def size(self) -> int:
        """Return the number of bytes received."""
        return bytes_of(set(self.folder.rglob("*")) - self.others)

    def remove_parts(self) -> None:
        """Delete incomplete files of this download."""
        for part in set(self.folder.rglob(PARTS)) - self.others:
            part.unlink(missing_ok=True)


def _follow(receiver: Connection, arriving: _Download, progress: Callable[[int, int], None], stalled_s: float) -> None:
    total, seen = 0, -1
    moved_at = time.monotonic()
    while True:
        if receiver.poll(LOOK_S):
            kind, value = _received(receiver)
            if kind == "failed":
                raise ModelDownloadError(value)
            if kind == "done":
                progress(total, total)
                return
            total, moved_at = int(value), time.monotonic()
        done = arriving.size()
        if done != seen:
            seen, moved_at = done, time.monotonic()
            if total:
                progress(min(done, total), total)
            continue
        patience = stalled_s if total else min(stalled_s, SILENT_S)
        if time.monotonic() - moved_at > patience:
            raise ModelDownloadError(f"timeout: no data for {patience:.0f} seconds")


def _received(receiver: Connection) -> tuple[str, str]:
    try:
        kind, value = receiver.recv()
    except EOFError:
        return "failed", "the download ended without a word"
    return kind, value


def _fetch(
    repository: str, wanted: list[str], revision: str | None, cache: str | None, folder: Path | None, sender: Connection
) -> None:
    """Run in the child process: send the total size, then "done" or the reason for the failure.

    The environment is set before the import, because the library reads its settings when it is imported.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.update(HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_TELEMETRY="1")
    try:
        from huggingface_hub import HfApi, snapshot_download

        files = HfApi().model_info(repository, revision=revision, files_metadata=True).siblings or []
        sizes = [file.size or 0 for file in files if any(fnmatch(file.rfilename, pattern) for pattern in wanted)]
        sender.send(("total", str(sum(sizes))))
        snapshot_download(repository, revision=revision, allow_patterns=wanted, cache_dir=cache, local_dir=folder)
    except Exception as problem:  # noqa: BLE001 - the parent process raises every error
        reason = (str(problem).splitlines() or [""])[0]
        sender.send(("failed", f"{type(problem).__name__}: {reason}"))
    else:
        sender.send(("done", ""))


def _end_with_parent() -> None:
    """End this process when its parent has ended, because nobody needs the downloaded files any more."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)

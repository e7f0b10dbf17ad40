"""Read uploaded caption files in a confined child process (`file_child`), with a limit on time and memory.

So even a hostile file cannot keep a web process busy or make it grow (docs/decisions/013). A usual file takes about 0.1
s.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from app import temporary
from app.captions.files.imported import ImportedFile, from_json
from app.captions.files.limits import MAX_FILE_BYTES
from app.captions.files.problems import CaptionFileError, CaptionProblem
from app.media.processes import LibraryMissingError, environment, library_folder

CHILD = Path(__file__).with_name("file_child.py")
MAX_AT_ONCE = 3
"""Maximum number of children of one web process. It has more threads (`serve`), so other pages never wait for files."""
QUEUE_SECONDS = 5.0
"""How long a request waits for one of these children."""
log = logging.getLogger(__name__)
_places = threading.BoundedSemaphore(MAX_AT_ONCE)


@dataclass(frozen=True, slots=True)
class ReadingBudget:
    """Limits for one file. The most expensive file within `files.limits` takes 1.5 s and 80 MB on a usual machine."""

    memory_bytes: int = 384 * 1024 * 1024
    cpu_seconds: int = 10
    wall_seconds: float = 90.0
    answer_bytes: int = 4 * 1024 * 1024
    """Forms are limited to 1 MiB, so captions that need more than this could not be edited."""


def read_caption_file(
    content: bytes,
    *,
    name: str,
    duration_ms: int,
    language: str = "en",
    encoding: str = "",
    budget: ReadingBudget | None = None,
) -> ImportedFile:
    """Read a caption file like `files.reading.read_file`, in a child process.

    Raises CaptionFileError if the file cannot be used, needs more than its budget, or cannot be read just now.
    """
    budget = budget or ReadingBudget()
    asked = {"name": name, "duration_ms": duration_ms, "language": language, "encoding": encoding}
    head = json.dumps({**asdict(budget), **asked, "parent": os.getpid()}).encode() + b"\n"
    if not _places.acquire(timeout=QUEUE_SECONDS):
        raise CaptionFileError(CaptionProblem.NOT_NOW)
    try:
        answer = _ask_child(head + content[: MAX_FILE_BYTES + 1], budget)
    finally:
        _places.release()
    try:
        return from_json(json.loads(answer))
    except CaptionFileError:
        raise
    except (KeyError, TypeError, ValueError, RecursionError) as problem:
        log.error("captions: invalid answer from the child process error=%s", type(problem).__name__)
        raise CaptionFileError(CaptionProblem.NOT_NOW) from None


def _ask_child(request: bytes, budget: ReadingBudget) -> bytes:
    """Return what the child printed. Raises CaptionFileError if it ended without an answer."""
    with temporary.unnamed_file() as answer, temporary.unnamed_file() as complaints:
        try:
            command = [sys.executable, "-I", "-S", str(CHILD), library_folder()]
            done = subprocess.run(  # noqa: S603 - a fixed program that gets its request from standard input
                command, input=request, stdout=answer, stderr=complaints, timeout=budget.wall_seconds, cwd="/",
                env=environment(), start_new_session=True, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise CaptionFileError(CaptionProblem.TOO_COSTLY) from None
        except (OSError, LibraryMissingError) as problem:
            log.error("captions: the child process could not be started error=%s", type(problem).__name__)
            raise CaptionFileError(CaptionProblem.NOT_NOW) from None
        if done.returncode:
            raise CaptionFileError(_why(done.returncode, complaints))
        answer.seek(0)
        return answer.read(budget.answer_bytes)


def _why(code: int, complaints: IO[bytes]) -> CaptionProblem:
    """Return the reason why the child ended without an answer. `code` is its exit status (negative: a signal)."""
    error = _class_of_error(complaints)
    if code in (-signal.SIGXCPU, -signal.SIGKILL) or error == "MemoryError":
        return CaptionProblem.TOO_COSTLY
    log.error("captions: the child process ended without an answer status=%s error=%s", code, error)
    return CaptionProblem.NOT_NOW


def _class_of_error(complaints: IO[bytes]) -> str:
    """Return the class of the error that ended the child. Its message may quote the file, so it is not logged."""
    complaints.seek(0)
    lines = complaints.read(64 * 1024).decode(errors="replace").split("\n")
    named = [line.partition(":")[0] for line in lines if line and not line[0].isspace()]
    return named[-1][:80] if named else ""

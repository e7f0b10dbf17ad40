"""Process recordings in a confined child process, and validate its results.

The child (`child`) has no network, no environment, access only to its own files, and limits for memory and time.
`confinement` describes these walls. If the kernel or container does not allow a wall, the child works without that
wall, and the log reports this once. Starting a child takes about 0.2 s of processor time, mostly to load FFmpeg. So one
child does all the work for a take, and a worker keeps the next child waiting (`processes`).
"""

from __future__ import annotations

import json
import logging
import os
import signal
import stat
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from app.media import processes
from app.media.child import AUDIO, PROGRESS, RESULT
from app.media.facts import (
    ORIGINAL,
    SAMPLE_BYTES,
    SAMPLE_RATE,
    SOUND,
    CodecCheck,
    MediaBudget,
    MediaFile,
    MediaRefusedError,
    NeedsEncodingError,
    Preparation,
    Refusal,
    Remuxed,
    SkippedSegment,
)
from app.media.kinds import SUFFIXES, Container
from app.media.processes import Child, LibraryMissingError

__all__ = [
    "MediaBudget",
    "MediaFailedError",
    "MediaRefusedError",
    "NeedsEncodingError",
    "Preparation",
    "PreparedMedia",
    "Refusal",
    "prepare_media",
]

CHILD = Path(__file__).with_name("child.py")
MIB = 1024 * 1024
RESULT_BYTES = 256 * 1024
ENCODED_BYTES_A_SECOND = 300_000
"""Upper bound for the size in bytes of one second of encoded video: 720 lines at 2 Mbit/s."""
WATCH_SECONDS = 2.0
LOOK_LIMITS = MediaBudget(cpu_seconds=20, wall_seconds=120)
log = logging.getLogger(__name__)
_logged_missing_walls: set[frozenset[str]] = set()


class MediaFailedError(Exception):
    """This machine could not process the recording, for example because of a full disk. A retry may help."""


@dataclass(frozen=True, slots=True)
class PreparedMedia(Remuxed):
    """A recording that can be stored, served and transcribed."""

    audio_path: Path | None = None
    """Raw 16-bit samples, mono, 16 kHz, little endian (read by `SampleFile`). None if there is no sound."""
    walls: tuple[str, ...] = ()
    """The names of the walls that were in force around the child."""


def prepare_media(
    segments: Sequence[Path],
    out_dir: Path,
    limits: MediaBudget | None = None,
    *,
    way: Preparation = Preparation.COPY,
    note: Callable[[int], None] | None = None,
    skip_ms: int = 0,
) -> PreparedMedia:
    """Identify, probe, copy or encode, and decode the segments of one take in one child process.

    `segments` are in recording order. The results are written to `out_dir`, which must exist and be empty. `note` is
    called every two seconds with the percentage that is encoded; an exception from `note` ends the work. No part of the
    first `skip_ms` milliseconds is in any of the files.

    Raises NeedsEncodingError if copying makes no file that every browser plays, MediaRefusedError if the recording
    cannot be used (final), and MediaFailedError if a retry may help.
    """
    folder = out_dir.resolve()
    request = _request(segments, folder, limits or MediaBudget(), way, skip_ms)
    result = _ask_child(request, folder, limits or MediaBudget(), lambda: note and note(_percent(folder)))
    if result.get("needs_encoding") and way is Preparation.COPY:
        raise NeedsEncodingError
    return _prepared(result, folder)


def look_at(path: Path, out_dir: Path) -> CodecCheck:
    """Inspect the beginning of a file in a child process and return its codecs. `out_dir` must exist and be empty.

    Raises MediaRefusedError or MediaFailedError.
    """
    request = _request([path], out_dir.resolve(), LOOK_LIMITS, Preparation.LOOK)
    result = _ask_child(request, out_dir.resolve(), LOOK_LIMITS, lambda: None)
    try:
        return CodecCheck(str(result["look"]["codecs"])[:60], bool(result["look"]["plays_everywhere"]))
    except (KeyError, TypeError) as problem:
        raise MediaFailedError(f"invalid answer from the child process: {problem}") from problem


def _ask_child(request: bytes, folder: Path, limits: MediaBudget, watch: Callable[[], object]) -> dict[str, Any]:
    child = _child()
    with child.complaints:
        code = _run(child, request, limits.wall_seconds, watch)
        result = _read_result(folder)
        if result is None:
            raise _explain(code, _tail(child.complaints))
    _log_missing_walls(result)
    if "refused" in result:
        if result.get("trace"):
            log.warning("sandbox process crashed on a recording: %s", str(result["trace"])[-1500:])
        raise MediaRefusedError(Refusal(result["refused"]), str(result.get("message"))[:200])
    if "failed" in result:
        raise MediaFailedError(f"{result['failed']}: {str(result.get('trace'))[-1500:]}")
    return result


def prewarm() -> None:
    """Start the child for the next recording in advance, while the worker is idle."""
    processes.prewarm(CHILD)


def _child() -> Child:
    try:
        return processes.child_for(CHILD)
    except LibraryMissingError:
        raise MediaFailedError("PyAV is not installed") from None


def _request(segments: Sequence[Path], folder: Path, limits: MediaBudget, way: Preparation, skip_ms: int = 0) -> bytes:
    size = sum(path.stat().st_size for path in segments)
    made_a_second = ENCODED_BYTES_A_SECOND if way is Preparation.ENCODE else SAMPLE_RATE * SAMPLE_BYTES
    asked = {
        "parent": os.getpid(),
        "folder": str(folder),
        "segments": [str(path.resolve()) for path in segments],
        "limits": asdict(limits),
        "file_bytes": max(2 * size, limits.duration_seconds * made_a_second) + 64 * MIB,
        "way": str(way),
        "skip_ms": skip_ms,
    }
    return json.dumps(asked).encode()


def _run(child: Child, request: bytes, wall_seconds: float, watch: Callable[[], object]) -> int:
    """Wait for the child to finish, and return its exit code (negative: the signal that ended it)."""
    try:
        return child.ask(request, wall_seconds, watch, WATCH_SECONDS)
    except subprocess.TimeoutExpired:
        raise MediaRefusedError(Refusal.TIMEOUT, f"timeout: took longer than {wall_seconds} s") from None


def _explain(code: int, complaint: str) -> Exception:
    """Return the exception for a child that ended without a result."""
    if code in (-signal.SIGXCPU, -signal.SIGALRM):
        return MediaRefusedError(Refusal.TIMEOUT, "timeout: needs more time than the limit")
    if code in (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL, -signal.SIGABRT, -signal.SIGSYS):
        return MediaRefusedError(Refusal.DAMAGED, f"the reading process crashed ({signal.Signals(-code).name})")
    if "MemoryError" in complaint:
        return MediaRefusedError(Refusal.MEMORY, "needs more memory than the limit")
    return MediaFailedError(f"the child process ended with status {code}: {complaint}")


def _percent(folder: Path) -> int:
    path = folder / PROGRESS
    return min(path.lstat().st_size, 100) if _is_plain_file(path) else 0


def _read_result(folder: Path) -> dict[str, Any] | None:
    path = folder / RESULT
    try:
        if not _is_plain_file(path) or path.stat().st_size > RESULT_BYTES:
            return None
        result = json.loads(path.read_text())
    except (ValueError, RecursionError):
        return None
    path.unlink()
    return result if isinstance(result, dict) else None


def _prepared(result: dict[str, Any], folder: Path) -> PreparedMedia:
    """Return the child's validated result. A compromised child must not refer to files outside its folder."""
    try:
        parts = tuple(_part(number, facts, folder) for number, facts in enumerate(result["parts"]))
        skipped = tuple(SkippedSegment(int(row["segment"]), Refusal(row["code"])) for row in result["skipped"])
        audio = folder / AUDIO if result["has_sound"] else None
        if not parts or (audio is not None and not _is_plain_file(audio)):
            raise ValueError("nothing was made")
        walls = tuple(map(str, result["walls"]))
        sound, originals = _sound(result.get("sound"), folder), _originals(result.get("originals", []), folder)
        plays_everywhere = bool(result.get("plays_everywhere", True))
        return PreparedMedia(parts, skipped, bool(result["complete"]), sound, originals, plays_everywhere, audio, walls)
    except (KeyError, TypeError, ValueError) as problem:
        raise MediaFailedError(f"invalid answer from the child process: {problem}") from problem


def _part(number: int, facts: dict[str, Any], folder: Path) -> MediaFile:
    container = Container(facts["container"])
    path = folder / f"part-{number}{SUFFIXES[container]}"
    if not _is_plain_file(path):
        raise ValueError("a part is missing")
    return MediaFile(
        path=path,
        container=container,
        duration_ms=int(facts["duration_ms"]),
        starts_at_ms=int(facts["starts_at_ms"]),
        video_codec=_text(facts["video_codec"]),
        audio_codec=_text(facts["audio_codec"]),
        width=_number(facts["width"]),
        height=_number(facts["height"]),
        seams_ms=tuple(map(int, facts["seams_ms"])),
    )


def _sound(name: Any, folder: Path) -> Path | None:
    if name is None:
        return None
    if name not in [f"{SOUND}{suffix}" for suffix in SUFFIXES.values()] or not _is_plain_file(folder / name):
        raise ValueError("the sound alone is missing")
    return folder / str(name)


def _originals(names: Any, folder: Path) -> tuple[Path, ...]:
    found = []
    for number, name in enumerate(names):
        if name not in [f"{ORIGINAL}-{number}{suffix}" for suffix in SUFFIXES.values()]:
            raise ValueError("an original has another name")
        if not _is_plain_file(folder / name):
            raise ValueError("an original is missing")
        found.append(folder / str(name))
    return tuple(found)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:20]


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _is_plain_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _tail(file: IO[bytes]) -> str:
    file.seek(0, os.SEEK_END)
    file.seek(max(file.tell() - 2000, 0))
    return file.read().decode(errors="replace").strip()


def _log_missing_walls(result: dict[str, Any]) -> None:
    standing = frozenset(map(str, result.get("walls", ())))
    missing = frozenset({"limits", "parent", "network", "files", "calls"}) - standing
    if missing and standing not in _logged_missing_walls:
        _logged_missing_walls.add(standing)
        log.warning("sandbox protections unavailable on this machine: missing=%s", sorted(missing))

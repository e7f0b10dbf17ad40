"""The child process of `sandbox`: reads one request, confines itself, and does the work. Started by its file path.

It writes `result.json` next to its output files. It must start quickly, so it imports only PyAV and a few modules of
this package. The package `app` is registered without running its `__init__`.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import traceback
import types
from dataclasses import asdict
from pathlib import Path
from typing import Any

RESULT = "result.json"
PROGRESS = "progress"
"""Name of a file that grows by one byte for each percent that is encoded."""
AUDIO = "audio.s16"


def main() -> None:
    """Load FFmpeg from the library folder in the first argument, then process one request from standard input.

    The request is {parent, segments, folder, limits, file_bytes, way, skip_ms}, with absolute paths. An empty request means that
    the parent process has ended.
    """
    library = sys.argv[1]
    _find_modules(Path(__file__).resolve().parents[2], library)
    from app.media import (
        chained,  # noqa: F401
        confinement,
        facts,
        sound,  # noqa: F401
        transcoding,  # noqa: F401
    )

    asked = sys.stdin.read()
    if not asked:
        return
    request = json.loads(asked)
    limits = facts.MediaBudget(**request["limits"])
    folder = Path(request["folder"])
    segments = [Path(path) for path in request["segments"]]
    signal.alarm(math.ceil(limits.wall_seconds))  # ends the child even if the parent is busy
    walls = confinement.confine_child(request, library, segments)
    result = {**_work(request["way"], segments, folder, limits, request["skip_ms"]), "walls": walls}
    (folder / RESULT).write_text(json.dumps(result))
    os._exit(0)  # All files are closed. An orderly shutdown of Python and FFmpeg would take 15 ms.


def _work(way: str, segments: list[Path], folder: Path, limits: Any, skip_ms: int) -> dict[str, Any]:
    from app.media.chained import separate
    from app.media.facts import NeedsEncodingError, NoAudioError, Preparation
    from app.media.reading import refusal_of
    from app.media.remuxing import look
    from app.media.sound import decode_audio

    try:
        if way == Preparation.LOOK:
            return {"look": asdict(look(segments[0], limits))}
        separated = separate(segments, folder)
        made = _make(way, separated, folder, limits, skip_ms)
        for link in set(separated).difference(segments):
            link.unlink()
        complete, has_sound = made.complete, False
        try:
            decode_audio(made.parts, folder / AUDIO, limits)
            has_sound = True
        except NoAudioError:
            complete &= not made.has_audio
    except NeedsEncodingError:
        return {"needs_encoding": True}
    except Exception as problem:  # noqa: BLE001 - every error is classified and reported to the parent
        refusal = refusal_of(problem)
        trace = None if problem is refusal else traceback.format_exc(limit=-6)
        if refusal is None:
            return {"failed": type(problem).__name__, "trace": trace}
        return {"refused": refusal.code, "message": refusal.message, "trace": trace}
    parts = [{**asdict(part), "path": part.path.name} for part in made.parts]
    return {
        "parts": parts,
        "skipped": [asdict(skipped) for skipped in made.skipped],
        "complete": complete,
        "has_sound": has_sound,
        "sound": made.sound.name if made.sound else None,
        "originals": [path.name for path in made.originals],
        "plays_everywhere": made.plays_everywhere,
    }


def _make(way: str, segments: list[Path], folder: Path, limits: Any, skip_ms: int) -> Any:
    from app.media.confinement import lower_processor_time
    from app.media.facts import Preparation
    from app.media.remuxing import remux
    from app.media.transcoding import encode

    if way != Preparation.ENCODE:
        return remux(segments, folder, limits, anyway=way == Preparation.COPY_ANYWAY, skip_ms=skip_ms)
    os.nice(10)  # Other work has priority.
    with (folder / PROGRESS).open("wb", buffering=0) as file:
        done = 0

        def note(percent: int) -> None:
            nonlocal done
            if percent > done:
                file.write(b"." * (percent - done))
                done = percent

        return encode(segments, folder, limits, note, lower_processor_time, skip_ms)


def _find_modules(root: Path, library: str) -> None:
    application = types.ModuleType("app")
    application.__path__ = [str(root / "app")]
    sys.modules["app"] = application
    sys.path.append(library)


if __name__ == "__main__":
    main()

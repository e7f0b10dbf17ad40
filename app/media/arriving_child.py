"""The child process of `listening`: decodes the sound of one recording while its bytes arrive at standard input.

The first line of the input is the request. Everything after it is the recording. Like `child`, it confines itself before it
reads the recording.
"""

from __future__ import annotations

import json
import os
import sys
import types
from pathlib import Path
from typing import Any

AUDIO = "audio.s16"
MAX_REQUEST_BYTES = 16 * 1024


def main() -> None:
    """Load FFmpeg from the library folder in the first argument, confine this process, and decode."""
    library = sys.argv[1]
    _find_modules(Path(__file__).resolve().parents[2], library)
    from app.media import confinement, facts
    from app.media.arriving import decode_arriving

    request = _request()
    if request is None:
        return
    os.nice(10)  # Finished recordings have priority.
    confinement.confine_child(request, library)
    limits = facts.MediaBudget(**request["limits"])
    status = 0
    try:
        decode_arriving(0, Path(request["folder"]) / AUDIO, limits, request["most_bytes"])
    except Exception:  # noqa: BLE001 - the finished recording is read again, and refused then if it must be
        status = 1
    os._exit(status)


def _request() -> dict[str, Any] | None:
    """Return the request, or None if the parent process has ended."""
    line = b""
    while not line.endswith(b"\n") and len(line) < MAX_REQUEST_BYTES:
        byte = os.read(0, 1)
        if not byte:
            return None
        line += byte
    found: dict[str, Any] = json.loads(line)
    return found


def _find_modules(root: Path, library: str) -> None:
    application = types.ModuleType("app")
    application.__path__ = [str(root / "app")]
    sys.modules["app"] = application
    sys.path.append(library)


if __name__ == "__main__":
    main()

"""Start and end child processes. They end when their parent ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

TIE = Path(__file__).resolve().parent.parent / "app" / "process.py"


def start(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    quiet: bool = False,
    output: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in its own session, so that Ctrl-C reaches only the parent. It ends with its parent.

    Its output goes to `output` if given. Otherwise it goes to this process's output or, with `quiet`, is discarded.
    """
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-S", str(TIE), *command],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=output or (subprocess.DEVNULL if quiet else None),
        stderr=output or (subprocess.DEVNULL if quiet else None),
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes], *, patience: float = 20) -> None:
    """Terminate a process. Kill it if it has not ended after `patience` seconds."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

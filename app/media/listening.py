"""Decode the sound of a recording while its bytes arrive, in a confined child process (`arriving_child`)."""

from __future__ import annotations

import fcntl
import json
import os
import select
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from app.media import processes
from app.media.arriving_child import AUDIO
from app.media.facts import SAMPLE_BYTES, SAMPLE_RATE, MediaBudget

CHILD = Path(__file__).with_name("arriving_child.py")
MIB = 1024 * 1024
PIPE_BYTES = MIB
"""How many bytes may wait for the child."""


class DeafError(Exception):
    """The child cannot read this recording while it grows, or does not keep up with it."""


class ListeningChild:
    """A child process that decodes one recording into `folder`, which must exist and be empty."""

    def __init__(self, folder: Path, limits: MediaBudget, most_bytes: int):
        self.audio = folder.resolve() / AUDIO
        self._child = processes.new_child(CHILD)
        request = {
            "parent": os.getpid(),
            "folder": str(folder.resolve()),
            "limits": asdict(limits),
            "file_bytes": (limits.duration_seconds + 1) * SAMPLE_RATE * SAMPLE_BYTES + MIB,
            "most_bytes": most_bytes,
        }
        stdin = self._child.process.stdin
        if stdin is None:
            raise DeafError
        self._pipe = stdin.fileno()
        with suppress(OSError, AttributeError):
            fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.set_blocking(self._pipe, False)
        try:
            self.feed(json.dumps(request).encode() + b"\n")
        except BaseException:
            self.close()
            raise

    def feed(self, content: bytes, seconds: float = 10.0) -> None:
        """Give more bytes of the recording to the child. Raises DeafError if it does not take them within `seconds`."""
        rest, deadline = memoryview(content), time.monotonic() + seconds
        while rest:
            ready = select.select([], [self._pipe], [], max(0.0, deadline - time.monotonic()))[1]
            if not ready or self._child.process.poll() is not None:
                raise DeafError
            try:
                rest = rest[os.write(self._pipe, rest[:65536]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise DeafError from None

    @property
    def is_alive(self) -> bool:
        """Return whether the child still decodes."""
        return self._child.process.poll() is None

    def close(self) -> None:
        """End the child."""
        self._child.close()

"""Starts a real worker process with the configuration of a test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app.config import Config
from tests.waiting import LONG_SECONDS


def environment_of(config: Config) -> dict[str, str]:
    """Return the environment that gives a process the configuration of a test."""
    names = (
        "secret_key", "database_url", "redis_url", "storage_url", "base_url", "whisper_model", "models_folder", "whisper_device",
    )  # fmt: skip
    return {**os.environ, **{f"FAIRTAKE_{name.upper()}": getattr(config, name) for name in names}}


@contextmanager
def running_worker(config: Config, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python worker.py` inside a `with` block and terminate it at the end."""
    process = subprocess.Popen(
        [sys.executable, "worker.py", *arguments], env=environment_of(config), start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(LONG_SECONDS)

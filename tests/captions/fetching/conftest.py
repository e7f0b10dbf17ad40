"""Fixtures for the tests that fetch speech models."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app.captions.speech.fetching import ProgressReport


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder for speech models. It does not exist yet."""
    return tmp_path / "models"


@pytest.fixture
def said() -> list[str]:
    """The lines that were reported."""
    return []


@pytest.fixture
def report(said: list[str]) -> ProgressReport:
    """A report that adds each line of progress to `said`."""
    return ProgressReport.in_lines(said.append)


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the model hub refuse every connection."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")

"""The sound of a recording is decoded while its bytes arrive, as it is decoded when all of them are there."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from app.media import processes
from app.media.facts import MediaBudget
from app.media.listening import DeafError, ListeningChild
from app.media.sandbox import prepare_media
from tests.media_factory import record

pytestmark = pytest.mark.database_independent
LIMITS = MediaBudget(duration_seconds=3600)
PATIENCE_SECONDS = 120


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "heard"
    made.mkdir()
    return made


def finished(path: Path, folder: Path) -> np.ndarray:
    """Return the samples of a finished recording."""
    folder.mkdir()
    audio = prepare_media([path], folder).audio_path
    assert audio is not None
    return np.fromfile(audio, "<i2")


def samples_so_far(child: ListeningChild, at_least: int) -> np.ndarray:
    """Wait until so many samples are decoded, and return all of them."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if child.audio.exists() and child.audio.stat().st_size >= 2 * at_least:
            return np.fromfile(child.audio, "<i2")
        assert child.is_alive
        time.sleep(0.05)
    raise AssertionError("the child does not decode")


@pytest.mark.parametrize("starts_at", [0.0, 7.25])
@pytest.mark.parametrize("kind", ["opus.webm", "vp8.webm", "vorbis.webm", "h264.mp4"])
def test_sound_that_has_arrived_is_that_of_the_finished_recording(
    tmp_path: Path, folder: Path, kind: str, starts_at: float
) -> None:
    path = record(tmp_path / kind, kind, 20.0, starts_at=starts_at)
    whole = finished(path, tmp_path / "whole")
    content = path.read_bytes()
    child = ListeningChild(folder, LIMITS, 10**9)
    try:
        for start in range(0, len(content), 5000):
            child.feed(content[start : start + 5000])
        heard = samples_so_far(child, 14 * 16_000)
        assert np.array_equal(heard, whole[: heard.size])
    finally:
        child.close()


@pytest.mark.parametrize("kind", ["h264.webm", "phone.mp4", "dictated.wav", "silent.webm", "nothing"])
def test_a_recording_that_cannot_be_heard_while_it_grows_is_not_followed(
    tmp_path: Path, folder: Path, kind: str
) -> None:
    content = b"nothing at all " * 5000 if kind == "nothing" else record(tmp_path / kind, kind, 5.0).read_bytes()
    child = ListeningChild(folder, LIMITS, 10**9)

    def feed_for_ever() -> None:
        while True:
            child.feed(content)
            time.sleep(0.05)

    try:
        with pytest.raises(DeafError):
            feed_for_ever()
        assert not child.audio.exists() or child.audio.stat().st_size == 0
    finally:
        child.close()


def test_child_that_does_not_take_its_request_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[processes.Child] = []

    def new_child(program: Path) -> processes.Child:
        started.append(real(program))
        return started[0]

    def feed(_self: ListeningChild, _content: bytes) -> None:
        raise DeafError

    real = processes.new_child
    monkeypatch.setattr(processes, "new_child", new_child)
    monkeypatch.setattr(ListeningChild, "feed", feed)
    with pytest.raises(DeafError):
        ListeningChild(folder, LIMITS, 10**9)
    assert started[0].process.returncode is not None
    assert started[0].complaints.closed

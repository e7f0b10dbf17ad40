"""Encode recordings, and read the pictures of the result."""

from __future__ import annotations

from pathlib import Path

import av

from app.media.facts import MediaBudget, Remuxed
from app.media.sandbox import Preparation, prepare_media
from app.media.transcoding import encode

LIMITS = MediaBudget()
CLIPS = Path(__file__).parents[1] / "clips"


def ignore(_number: int) -> None:
    """Ignore the encoder's report of progress or of allowed time."""


def encoded(tmp_path: Path, *segments: Path, limits: MediaBudget = LIMITS) -> Remuxed:
    """Encode segments into one file."""
    folder = tmp_path / "made"
    folder.mkdir()
    return encode(segments, folder, limits, ignore, ignore)


def pictures(path: Path) -> list[av.VideoFrame]:
    """Return all pictures of a file."""
    with av.open(str(path)) as film:
        return list(film.decode(video=0))


def prepare(tmp_path: Path, *segments: Path, way: Preparation = Preparation.COPY) -> Remuxed:
    """Copy or encode segments into one file, in a sandbox."""
    folder = tmp_path / "made"
    folder.mkdir()
    return prepare_media(segments, folder, LIMITS, way=way)

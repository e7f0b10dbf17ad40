"""A recording whose beginning is cut: no part of the beginning is in any file that is made of it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.media.facts import NeedsEncodingError
from app.media.remuxing import remux
from app.media.sandbox import Preparation, PreparedMedia, prepare_media
from tests.media.encoding import LIMITS
from tests.media_factory import RECIPES, beeps, packets, record, times

OF_SOUND = sorted(name for name, recipe in RECIPES.items() if not recipe.video and name != "pcm.webm")


def prepare(tmp_path: Path, source: Path, *, skip_ms: int, way: Preparation = Preparation.COPY) -> PreparedMedia:
    folder = tmp_path / f"made-{skip_ms}-{way}"
    folder.mkdir()
    return prepare_media([source], folder, LIMITS, way=way, skip_ms=skip_ms)


def heard(made: PreparedMedia) -> list[float]:
    assert made.audio_path is not None
    return beeps(np.fromfile(made.audio_path, "<i2").astype(np.float32) / 32768)


@pytest.mark.parametrize("kind", OF_SOUND)
def test_sound_is_cut_without_encoding_and_everything_after_it_moves_forward(tmp_path: Path, kind: str) -> None:
    source = record(tmp_path / kind, seconds=4)
    made = prepare(tmp_path, source, skip_ms=1500)
    assert made.duration_ms == pytest.approx(2500, abs=150)
    assert heard(made) == pytest.approx([0.5, 1.5], abs=0.08)
    assert made.complete
    before, after = packets(source)["audio"], packets(made.path)["audio"]
    assert len(after) < len(before) * 0.75
    assert after == before[-len(after) :]


def test_a_film_is_encoded_so_that_picture_and_sound_begin_at_the_cut(tmp_path: Path) -> None:
    source = record(tmp_path / "vp8.webm", seconds=4)
    with pytest.raises(NeedsEncodingError):
        remux([source], tmp_path, LIMITS, skip_ms=1500)
    made = prepare(tmp_path, source, skip_ms=1500, way=Preparation.ENCODE)
    assert made.duration_ms == pytest.approx(2500, abs=150)
    assert heard(made) == pytest.approx([0.5, 1.5], abs=0.06)
    shown = times(made.path, "video")
    assert 0 <= shown[0] < 0.1
    assert shown[-1] < 2.6
    assert max(after - before for before, after in pairwise(shown)) < 0.2


def test_no_copy_of_the_whole_film_is_made_beside_the_cut_one(tmp_path: Path) -> None:
    made = prepare(tmp_path, record(tmp_path / "vp8.webm", seconds=3), skip_ms=1000, way=Preparation.ENCODE)
    assert made.originals == ()
    assert made.sound is not None
    assert len(packets(made.sound)["audio"]) == len(packets(made.path)["audio"])


def test_a_film_that_cannot_be_encoded_is_copied_from_its_next_key_frame(tmp_path: Path) -> None:
    source = record(tmp_path / "vp8.webm", seconds=4)
    made = prepare(tmp_path, source, skip_ms=1500, way=Preparation.COPY_ANYWAY)
    assert heard(made) == pytest.approx([0.5, 1.5], abs=0.08)
    pictures = packets(made.path).get("video", [])
    assert pictures == packets(source)["video"][len(packets(source)["video"]) - len(pictures) :]
    assert len(pictures) < 2.5 * 15
    assert min(times(made.path, "audio")) >= 0


def test_a_cut_of_nothing_changes_nothing(tmp_path: Path) -> None:
    source = record(tmp_path / "opus.webm", seconds=2)
    assert packets(prepare(tmp_path, source, skip_ms=0).path) == packets(source)

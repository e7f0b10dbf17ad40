"""Several sessions of one answer become one file, or several files if their codecs differ."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from app.media.facts import Refusal
from app.media.kinds import Container
from tests.media.reading import cut, heard, remuxed
from tests.media_factory import beeps, packets, record


def test_two_sessions_become_one_file_with_all_their_packets(tmp_path: Path) -> None:
    first, second = record(tmp_path / "a.webm", "vp8.webm", 2), record(tmp_path / "b.webm", "vp8.webm", 3)
    alone = [heard(tmp_path, remuxed(tmp_path, path)) for path in (first, second)]
    made = remuxed(tmp_path, first, second)
    assert made.duration_ms == pytest.approx(5000, abs=10)
    assert {kind: packets(first)[kind] + packets(second)[kind] for kind in ("video", "audio")} == packets(made.path)
    together = heard(tmp_path, made)
    assert len(together) == pytest.approx(len(alone[0]) + len(alone[1]), abs=200)
    assert np.array_equal(together[: len(alone[0]) - 200], alone[0][:-200])
    piece = alone[1][200:-200]
    starts = range(len(alone[0]), len(alone[0]) + 400)
    assert min(np.abs(together[start : start + len(piece)] - piece).max() for start in starts) < 1e-4
    assert beeps(together) == pytest.approx([0, 1, 2, 3, 4], abs=0.02)


def test_sessions_of_other_picture_size_and_other_microphone_still_become_one_file(tmp_path: Path) -> None:
    first = record(tmp_path / "a.webm", "vp9.webm", 1, size=(320, 240))
    second = record(tmp_path / "b.webm", "vp9.webm", 1, size=(160, 120), channels=2)
    made = remuxed(tmp_path, first, second)
    with av.open(str(made.path)) as file:
        assert {frame.width for frame in file.decode(video=0)} == {320, 160}
    assert beeps(heard(tmp_path, made)) == pytest.approx([0, 1], abs=0.02)


def test_a_session_without_a_camera_joins_one_with(tmp_path: Path) -> None:
    with_camera, without = record(tmp_path / "a.webm", "vp8.webm", 1), record(tmp_path / "b.webm", "opus.webm", 1)
    for order in ([with_camera, without], [without, with_camera]):
        made = remuxed(tmp_path, *order)
        assert made.has_video
        assert packets(made.path)["video"] == packets(with_camera)["video"]
        assert beeps(heard(tmp_path, made)) == pytest.approx([0, 1], abs=0.02)


def test_sessions_with_different_codecs_become_separate_parts(tmp_path: Path) -> None:
    laptop, phone = record(tmp_path / "a.webm", "vp8.webm", 2), record(tmp_path / "b.mp4", "h264.mp4", 2)
    made = remuxed(tmp_path, laptop, phone)
    assert [part.container for part in made.parts] == [Container.WEBM, Container.MP4]
    assert [packets(part.path) for part in made.parts] == [packets(laptop), packets(phone)]
    assert made.parts[1].starts_at_ms == made.parts[0].duration_ms
    assert made.duration_ms == pytest.approx(4000, abs=60)
    assert beeps(heard(tmp_path, made)) == pytest.approx([0, 1, 2, 3], abs=0.05)
    with pytest.raises(ValueError, match="several parts"):
        _ = made.path


def test_a_broken_session_among_good_ones_is_left_out_and_named(tmp_path: Path) -> None:
    good = record(tmp_path / "a.webm", "opus.webm", 1)
    broken = cut(good, good.read_bytes()[:200])
    made = remuxed(tmp_path, good, broken, good)
    assert [(skipped.segment, skipped.code) for skipped in made.skipped] == [(1, Refusal.DAMAGED)]
    assert not made.complete
    assert beeps(heard(tmp_path, made)) == pytest.approx([0, 1], abs=0.02)

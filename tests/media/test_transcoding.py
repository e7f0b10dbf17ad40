"""Recordings that cannot be copied into one playable file are encoded completely, upright, and with sound and picture
in sync.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.media import child, confinement
from app.media.facts import MediaBudget, MediaRefusedError, NeedsEncodingError, Refusal, Remuxed
from app.media.remuxing import remux
from app.media.sandbox import Preparation
from app.media.sound import decode_audio
from app.media.transcoding import PROCESSOR_SECONDS, PROCESSOR_SHARE, encode
from tests.media.encoding import CLIPS, LIMITS, encoded, ignore, pictures, prepare
from tests.media_factory import FOREIGN, RECIPES, beeps, packets, record, times

UNPLAYABLE = {"av1.webm": "AV1", "phone.mov": "HEVC", "pcm.webm": "PCM in Matroska"}


def heard(tmp_path: Path, made: Remuxed) -> list[float]:
    decode_audio(made.parts, tmp_path / "audio.s16", LIMITS)
    return beeps(np.fromfile(tmp_path / "audio.s16", "<i2").astype(np.float32) / 32768)


@pytest.mark.parametrize("kind", [*FOREIGN, *UNPLAYABLE])
def test_every_kind_that_not_every_browser_plays_becomes_one_that_all_do(tmp_path: Path, kind: str) -> None:
    recipe = (RECIPES | FOREIGN)[kind]
    source = record(tmp_path / kind, seconds=3, size=(176, 144))
    (tmp_path / "copied").mkdir()
    with pytest.raises(NeedsEncodingError):
        remux([source], tmp_path / "copied", LIMITS)
    made = encoded(tmp_path, source)
    assert made.complete
    assert made.content_type == ("video/webm" if recipe.video else "audio/webm")
    assert (made.only.video_codec, made.only.audio_codec) == ("vp9" if recipe.video else None, "opus")
    assert made.duration_ms == pytest.approx(3000, abs=150)
    assert heard(tmp_path, made) == pytest.approx([0.0, 1.0, 2.0], abs=0.06)
    if recipe.video:
        shown = times(made.path, "video")
        assert len(shown) >= 40
        assert max(after - before for before, after in pairwise(shown)) < 0.2
        assert (made.width, made.height) == (176, 144)


@pytest.mark.parametrize("kind", sorted(RECIPES.keys() - UNPLAYABLE.keys() - {"phone.mov"}))
def test_a_recording_that_plays_everywhere_is_copied_and_never_encoded(tmp_path: Path, kind: str) -> None:
    made = prepare(tmp_path, record(tmp_path / kind))
    assert made.originals == ()
    assert packets(made.path) == packets(tmp_path / kind)


def test_a_film_of_a_phone_that_browsers_cannot_show_gets_a_picture_and_keeps_its_original(tmp_path: Path) -> None:
    made = prepare(tmp_path, CLIPS / "hevc.mov", way=Preparation.ENCODE)
    assert (made.content_type, made.complete, made.has_video, made.has_audio) == ("video/webm", True, True, True)
    assert len(pictures(made.path)) == len(pictures(CLIPS / "hevc.mov"))
    assert [path.name for path in made.originals] == ["original-0.mp4"]
    assert packets(made.originals[0]) == packets(CLIPS / "hevc.mov")
    assert made.sound is not None
    assert packets(made.sound)["audio"] == packets(made.path)["audio"]


def test_a_signed_answer_in_hevc_gets_a_picture_and_no_sound(tmp_path: Path) -> None:
    made = prepare(tmp_path, CLIPS / "signed_hevc.mov", way=Preparation.ENCODE)
    assert (made.has_video, made.has_audio, made.sound) == (True, False, None)
    assert pictures(made.path)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_sessions_of_different_recorders_follow_one_another_in_one_file(tmp_path: Path, order: tuple[int, ...]) -> None:
    sessions = [
        record(tmp_path / "vp8.webm", seconds=2),
        record(tmp_path / "h264.mp4", seconds=3, size=(240, 320)),
        record(tmp_path / "opus.ogg", seconds=2),
    ]
    made = encoded(tmp_path, *(sessions[place] for place in order))
    assert made.complete
    assert made.duration_ms == pytest.approx(7000, abs=150)
    assert heard(tmp_path, made) == pytest.approx(range(7), abs=0.08)
    assert (made.width, made.height) == (240, 320)  # the size of the longest session with a picture
    assert len(pictures(made.path)) == pytest.approx(5 * 15, abs=3)


def test_a_broken_session_among_those_of_two_recorders_is_left_out_and_named(tmp_path: Path) -> None:
    good, other = record(tmp_path / "vp8.webm", seconds=2), record(tmp_path / "h264.mp4", seconds=2)
    broken = tmp_path / "broken.webm"
    broken.write_bytes(good.read_bytes()[:200])
    made = encoded(tmp_path, good, broken, other)
    assert [skipped.segment for skipped in made.skipped] == [1]
    assert not made.complete
    assert heard(tmp_path, made) == pytest.approx(range(4), abs=0.08)


def test_a_damaged_middle_is_passed_over_and_what_follows_stays_in_time(tmp_path: Path) -> None:
    source = record(tmp_path / "phone.mov", seconds=6)
    content = bytearray(source.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 300] = bytes(300)
    source.write_bytes(content)
    made = encoded(tmp_path, source)
    assert made.duration_ms == pytest.approx(6000, abs=100)
    assert heard(tmp_path, made)[-1] == pytest.approx(5.0, abs=0.1)


def test_the_same_sessions_give_the_same_bytes(tmp_path: Path) -> None:
    source = record(tmp_path / "lossless.caf")
    (tmp_path / "again").mkdir()
    again = encode([source], tmp_path / "again", LIMITS, ignore, ignore)
    assert encoded(tmp_path, source).path.read_bytes() == again.path.read_bytes()


def test_progress_reaches_100_percent(tmp_path: Path) -> None:
    told: list[int] = []
    (tmp_path / "made").mkdir()
    encode([CLIPS / "hevc.mov"], tmp_path / "made", LIMITS, told.append, ignore)
    assert 0 <= min(told) < 20
    assert 90 < max(told) <= 100


def test_its_child_alone_lowers_what_it_may_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: list[int] = []
    monkeypatch.setattr(os, "nice", lambda _by: 0)
    monkeypatch.setattr(confinement, "lower_processor_time", lowered.append)
    child._make(Preparation.ENCODE, [CLIPS / "hevc.mov"], tmp_path, LIMITS, skip_ms=0)
    assert len(lowered) == 1
    assert PROCESSOR_SECONDS < lowered[0] < PROCESSOR_SECONDS + 10 * PROCESSOR_SHARE


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_recording_that_is_too_long_is_refused_before_it_is_encoded(tmp_path: Path, kind: str) -> None:
    source = record(tmp_path / kind, seconds=3, size=(176, 144))
    with pytest.raises(MediaRefusedError) as caught:
        encoded(tmp_path, source, limits=MediaBudget(duration_seconds=1))
    assert caught.value.code is Refusal.TOO_LONG


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_that_is_cut_or_scrambled_ends_in_a_recording_or_a_refusal(tmp_path: Path, kind: str) -> None:
    content = record(tmp_path / kind, seconds=2, size=(176, 144)).read_bytes()
    harmed = [content[:40], content[: len(content) // 2], content[:60] + bytes(len(content) - 60)]
    harmed += [content[:place] + b"\xff" * 50 + content[place + 50 :] for place in range(8, 400, 97)]
    for number, bad in enumerate(harmed):
        path, folder = tmp_path / f"{number}", tmp_path / f"made-{number}"
        path.write_bytes(bad)
        folder.mkdir()
        try:
            made = encode([path], folder, LIMITS, ignore, ignore)
        except MediaRefusedError:
            continue
        assert made.path.stat().st_size > 0

"""Recordings that cannot be copied into one playable file are encoded completely, upright, and with sound and picture
in sync.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from app.media import child, confinement
from app.media.facts import MediaBudget, MediaRefusedError, NeedsEncodingError, Refusal, Remuxed
from app.media.kinds import (
    AUDIO_CODECS,
    VIDEO_CODECS,
    Container,
    choose_container,
    identify,
    plays_everywhere,
)
from app.media.pictures import Size, first_picture
from app.media.reading import OpenedSegment
from app.media.remuxing import remux
from app.media.sandbox import Way, prepare_media
from app.media.sound import decode_audio
from app.media.transcoding import PROCESSOR_SECONDS, PROCESSOR_SHARE, encode
from tests.hostile_media import scripts
from tests.media_factory import FOREIGN, RECIPES, beeps, packets, record, times

LIMITS = MediaBudget()
CLIPS = Path(__file__).parents[1] / "clips"
UNPLAYABLE = {"av1.webm": "AV1", "phone.mov": "HEVC", "pcm.webm": "PCM in Matroska"}


def ignore(_number: int) -> None:
    """Ignore the progress or the allowance that the encoder reports."""


def encoded(tmp_path: Path, *segments: Path, limits: MediaBudget = LIMITS) -> Remuxed:
    folder = tmp_path / "made"
    folder.mkdir()
    return encode(segments, folder, limits, ignore, ignore)


def heard(tmp_path: Path, made: Remuxed) -> list[float]:
    decode_audio(made.parts, tmp_path / "audio.s16", LIMITS)
    return beeps(np.fromfile(tmp_path / "audio.s16", "<i2").astype(np.float32) / 32768)


def pictures(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as film:
        return list(film.decode(video=0))


def bright_side(picture: av.VideoFrame) -> str:
    """Return which of a picture's four edges is the brightest. An edge is a fifth of the picture."""
    light = picture.to_ndarray(format="gray").astype(float)
    rows, columns = light.mean(axis=1), light.mean(axis=0)
    fifths = {
        "top": rows[: len(rows) // 5], "bottom": rows[-len(rows) // 5 :],
        "left": columns[: len(columns) // 5], "right": columns[-len(columns) // 5 :],
    }  # fmt: skip
    return max(fifths, key=lambda side: float(fifths[side].mean()))


def half_lit(path: Path, rotation: int, size: tuple[int, int] = (160, 120)) -> Path:
    """Write a video whose stored frames have a white top half."""
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=15)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        image = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
        image[: size[1] // 2], image[size[1] // 2 : size[1]] = 235, 16
        for number in range(15):
            frame = av.VideoFrame.from_ndarray(image, "yuv420p")
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


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


def prepare(tmp_path: Path, *segments: Path, way: Way = Way.COPY) -> Remuxed:
    folder = tmp_path / "made"
    folder.mkdir()
    return prepare_media(segments, folder, LIMITS, way=way)


def test_a_film_of_a_phone_that_browsers_cannot_show_gets_a_picture_and_keeps_its_original(tmp_path: Path) -> None:
    made = prepare(tmp_path, CLIPS / "hevc.mov", way=Way.ENCODE)
    assert (made.content_type, made.complete, made.has_video, made.has_audio) == ("video/webm", True, True, True)
    assert len(pictures(made.path)) == len(pictures(CLIPS / "hevc.mov"))
    assert [path.name for path in made.originals] == ["original-0.mp4"]
    assert packets(made.originals[0]) == packets(CLIPS / "hevc.mov")
    assert made.sound is not None
    assert packets(made.sound)["audio"] == packets(made.path)["audio"]


def test_a_signed_answer_in_hevc_gets_a_picture_and_no_sound(tmp_path: Path) -> None:
    made = prepare(tmp_path, CLIPS / "signed_hevc.mov", way=Way.ENCODE)
    assert (made.has_video, made.has_audio, made.sound) == (True, False, None)
    assert pictures(made.path)


@pytest.mark.parametrize(
    ("rotation", "side", "is_upright"),
    [(0, "top", False), (-90, "right", True), (180, "bottom", False), (90, "left", True)],
)
def test_a_turned_film_is_shown_upright(tmp_path: Path, rotation: int, side: str, is_upright: bool) -> None:
    made = encoded(tmp_path, half_lit(tmp_path / "turned.mp4", rotation))
    shown = pictures(made.path)[-1]
    assert bright_side(shown) == side
    assert shown.rotation == 0
    assert (shown.width, shown.height) == ((120, 160) if is_upright else (160, 120))


def test_a_phone_that_was_turned_between_two_sessions_shows_both_upright(tmp_path: Path) -> None:
    level, turned = CLIPS / "phone_level.mp4", CLIPS / "phone_turned.mp4"
    (tmp_path / "copied").mkdir()
    with pytest.raises(NeedsEncodingError):
        remux([level, turned], tmp_path / "copied", LIMITS)
    shown = [found[0] for found in (first_picture(level, LIMITS), first_picture(turned, LIMITS)) if found]
    assert shown == [Size(320, 240), Size(240, 320)]
    made = encoded(tmp_path, level, turned)
    assert made.complete
    assert {(picture.width, picture.height) for picture in pictures(made.path)} == {(made.width, made.height)}
    assert [packets(path) for path in made.originals] == [packets(level), packets(turned)]


def test_two_sessions_turned_alike_are_copied_and_stay_turned(tmp_path: Path) -> None:
    made = prepare(tmp_path, CLIPS / "phone_turned.mp4", CLIPS / "phone_turned.mp4")
    assert made.only.container is Container.MP4
    assert pictures(made.path)[0].rotation == -90


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


def test_progress_goes_up_to_all_of_it(tmp_path: Path) -> None:
    told: list[int] = []
    (tmp_path / "made").mkdir()
    encode([CLIPS / "hevc.mov"], tmp_path / "made", LIMITS, told.append, ignore)
    assert 0 <= min(told) < 20
    assert 90 < max(told) <= 100


def test_its_child_alone_lowers_what_it_may_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: list[int] = []
    monkeypatch.setattr(os, "nice", lambda _by: 0)
    monkeypatch.setattr(confinement, "lower_processor_time", lowered.append)
    child._make(Way.ENCODE, [CLIPS / "hevc.mov"], tmp_path, LIMITS)
    assert len(lowered) == 1
    assert PROCESSOR_SECONDS < lowered[0] < PROCESSOR_SECONDS + 10 * PROCESSOR_SHARE


def test_large_pictures_become_smaller_and_keep_their_shape(tmp_path: Path) -> None:
    made = encoded(tmp_path, half_lit(tmp_path / "large.mp4", -90, size=(1920, 1440)))
    assert (made.width, made.height) == (720, 960)


def test_a_picture_larger_than_may_be_decoded_is_refused(tmp_path: Path) -> None:
    source = half_lit(tmp_path / "large.mp4", 0, size=(640, 480))
    with pytest.raises(MediaRefusedError) as caught:
        encoded(tmp_path, source, limits=MediaBudget(encoded_pixels=320 * 240))
    assert caught.value.code in (Refusal.TOO_LARGE_DIMENSIONS, Refusal.DAMAGED)


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


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_kind_is_known_by_its_first_bytes(tmp_path: Path, kind: str) -> None:
    head = record(tmp_path / kind, seconds=1, size=(176, 144)).read_bytes()[:4096]
    with OpenedSegment(tmp_path / kind, LIMITS) as segment:
        assert segment.container is identify(head)
        assert {track.codec for track in segment.tracks.values()} <= VIDEO_CODECS | AUDIO_CODECS


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"RF64\xff\xff\xff\xffWAVEds64", Container.WAV), (b"#!AMR-WB\n", Container.AMR), (b"FORM\0\0\0\0AIFC", Container.AIFF),
        (b"\0\0\0\x08wide\0\0\x10\0mdat", Container.MP4), (b"FORM\0\0\0\0ILBM", None), (b"RIFF\0\0\0\0WEBP", None),
        (b"RIFF\0\0\0\0ACON", None), (b"You moov on with it, he said", None), (b"\xff\xf1\x50\x80", None), (b"caff", None),
        (b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 9, Container.MP3),
    ],
)  # fmt: skip
def test_neighbours_of_the_kinds_are_told_apart(head: bytes, kind: Container | None) -> None:
    assert identify(head) is kind


@pytest.mark.parametrize("name", scripts(Path(__file__)))
@pytest.mark.parametrize("disguise", [b"fLaC", b"caff\x00\x01\x00\x00", b"RIFF\0\0\0\0AVI ", b"FORM\0\0\0\0AIFF"])
def test_a_script_behind_a_signature_is_refused(tmp_path: Path, name: str, disguise: bytes) -> None:
    path = tmp_path / "disguised"
    path.write_bytes(disguise + scripts(Path(__file__))[name])
    with pytest.raises(MediaRefusedError):
        encoded(tmp_path, path)


@pytest.mark.parametrize(
    ("video", "audio", "source", "setup", "plays"),
    [
        ("h264", "aac", Container.MP4, b"\x01\x64\x00\x1f", True),
        ("h264", "aac", Container.MP4, b"\x01\x6e\x00\x1f", False),  # High 10
        ("h264", "aac", Container.MP4, b"\x01\x7a\x00\x1f", False),  # High 4:2:2
        ("h264", "aac", Container.AVI, b"", False),
        ("hevc", "aac", Container.MP4, b"", False),
        ("vp9", "opus", Container.WEBM, b"", True),
        ("vp8", "aac", Container.MATROSKA, b"", False),
        ("av1", "opus", Container.WEBM, b"", False),
        (None, "pcm_mulaw", Container.WAV, b"", False),
        (None, "pcm_s16le", Container.WAV, b"", True),
        (None, "aac", Container.CAF, b"", True),
        (None, "aac", Container.AAC, b"", False),
        (None, "flac", Container.FLAC, b"", False),
    ],
)
def test_codec_file_and_profile_decide_whether_browsers_play_a_recording(
    video: str | None, audio: str | None, source: Container, setup: bytes, plays: bool
) -> None:
    assert plays_everywhere(video, audio, source, video_setup=setup) is plays


def test_sound_of_telephones_is_kept_in_a_file_that_has_a_place_for_it() -> None:
    assert choose_container(None, "amr_nb", Container.AMR) is Container.QUICKTIME

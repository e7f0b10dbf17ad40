"""A recording is copied packet by packet into a seekable file, with correct times and without a phone's place and
device.
"""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest

from app.media.facts import MediaFile, NoAudioError
from app.media.kinds import Container, choose_container
from app.media.remuxing import remux
from app.media.sound import decode_audio
from tests.media.reading import LIMITS, heard, remuxed
from tests.media_factory import RECIPES, beeps, packets, record, times

REWRITTEN = {"av1.webm"}
"""Formats whose packets change when copied: the WebM muxer omits the empty delimiters between AV1 frames, as the format
requires.
"""


class CountingFile(io.FileIO):
    """Counts the seeks in a file, because over HTTP each seek would be a request."""

    jumps = 0
    at = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        place = super().seek(offset, whence)
        self.jumps += place != self.at
        self.at = place
        return place

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        self.at += len(content)
        return content


@pytest.mark.parametrize("kind", RECIPES)
def test_every_accepted_kind_is_copied_packet_for_packet_and_gets_a_duration(tmp_path: Path, kind: str) -> None:
    source = record(tmp_path / kind)
    made = remuxed(tmp_path, source)
    with av.open(str(made.path)) as file:
        assert file.duration / 1000 == pytest.approx(2000, abs=110)
    assert made.duration_ms == pytest.approx(2000, abs=110)
    before, after = packets(source), packets(made.path)
    assert before.keys() == after.keys()
    assert {name: len(found) for name, found in before.items()} == {name: len(found) for name, found in after.items()}
    if kind not in REWRITTEN:
        assert before == after
    assert made.complete
    assert made.has_video == (RECIPES[kind].video is not None)
    assert made.has_audio == (RECIPES[kind].audio is not None)


@pytest.mark.parametrize("kind", RECIPES)
def test_times_stay_as_the_recorder_wrote_them(tmp_path: Path, kind: str) -> None:
    source = record(tmp_path / kind)
    made = remuxed(tmp_path, source)
    for name in packets(source):
        assert times(made.path, name) == pytest.approx(times(source, name), abs=0.0015)


@pytest.mark.parametrize("kind", [name for name, recipe in RECIPES.items() if recipe.audio])
def test_sound_is_decoded_at_its_time(tmp_path: Path, kind: str) -> None:
    samples = heard(tmp_path, remuxed(tmp_path, record(tmp_path / kind)))
    assert len(samples) / 16_000 == pytest.approx(2.0, abs=0.06)
    assert beeps(samples) == pytest.approx([0.0, 1.0], abs=0.06)


@pytest.mark.parametrize(
    ("kind", "media_type", "suffix"),
    [
        ("vp8.webm", "video/webm", ".webm"), ("opus.webm", "audio/webm", ".webm"), ("h264.webm", "video/mp4", ".mp4"),
        ("h264.mp4", "video/mp4", ".mp4"), ("memo.m4a", "audio/mp4", ".mp4"), ("opus.ogg", "audio/webm", ".webm"),
        ("vp9.mp4", "video/webm", ".webm"), ("pcm.webm", "audio/x-matroska", ".mkv"), ("phone.mov", "video/mp4", ".mp4"),
        ("dictated.mp3", "audio/mpeg", ".mp3"), ("dictated.wav", "audio/wav", ".wav"), ("desk.mkv", "video/mp4", ".mp4"),
    ],
)  # fmt: skip
def test_the_file_that_is_served_is_one_that_browsers_play(
    tmp_path: Path, kind: str, media_type: str, suffix: str
) -> None:
    part = remuxed(tmp_path, record(tmp_path / kind)).only
    assert (part.content_type, part.path.suffix) == (media_type, suffix)


def test_a_live_recording_had_no_duration_and_no_index_before(tmp_path: Path) -> None:
    source = record(tmp_path / "vp8.webm")
    with av.open(str(source)) as file:
        assert file.duration is None
    assert b"\x1c\x53\xbb\x6b" not in source.read_bytes()


@pytest.mark.parametrize(
    ("kind", "index", "content"),
    [("vp8.webm", b"\x1c\x53\xbb\x6b", b"\x1f\x43\xb6\x75"), ("h264.mp4", b"moov", b"mdat")],
)
def test_the_index_comes_before_the_media(tmp_path: Path, kind: str, index: bytes, content: bytes) -> None:
    made = remuxed(tmp_path, record(tmp_path / kind)).path.read_bytes()
    assert 0 < made.index(index) < made.index(content)


@pytest.mark.parametrize("kind", ["vp9.webm", "opus.webm", "h264.mp4"])
def test_a_far_seek_jumps_to_few_places(tmp_path: Path, kind: str) -> None:
    made = remuxed(tmp_path, record(tmp_path / kind, seconds=40)).path
    with CountingFile(str(made)) as file, av.open(file, buffer_size=4096) as opened:
        file.jumps = 0
        opened.seek(35_000_000)
        packet = next(packet for packet in opened.demux() if packet.pts is not None)
        assert float(packet.pts * packet.time_base) == pytest.approx(35, abs=5.1)
        assert file.jumps <= 2


def test_the_same_segments_give_the_same_bytes(tmp_path: Path) -> None:
    source = record(tmp_path / "vp8.webm")
    (tmp_path / "again").mkdir()
    first, second = remuxed(tmp_path, source), remux([source], tmp_path / "again", LIMITS, anyway=True)
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_phone_held_upright_stays_upright(tmp_path: Path) -> None:
    made = remuxed(tmp_path, record(tmp_path / "phone.mp4", rotation=90))
    with av.open(str(made.path)) as file:
        assert next(file.decode(video=0)).rotation == 90


def test_place_and_device_noted_by_a_phone_are_left_out(tmp_path: Path) -> None:
    source = record(tmp_path / "memo.m4a")
    with av.open(str(source)) as old, av.open(str(tmp_path / "told.m4a"), "w", format="mp4") as new:
        new.metadata["comment"] = "+51.4778-000.0015/"
        stream = new.add_stream_from_template(old.streams.audio[0])
        for packet in old.demux():
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    assert b"+51.4778" in (tmp_path / "told.m4a").read_bytes()
    assert b"+51.4778" not in remuxed(tmp_path, tmp_path / "told.m4a").path.read_bytes()


def test_pictures_at_uneven_times_keep_their_times(tmp_path: Path) -> None:
    uneven = [0.0, 0.05, 0.4, 0.41, 1.2, 1.9]
    made = remuxed(tmp_path, record(tmp_path / "vp8.webm", frame_times=uneven))
    assert times(made.path, "video") == pytest.approx(uneven, abs=0.0015)


def test_a_recording_that_begins_late_begins_at_nought_with_sound_and_picture_together(tmp_path: Path) -> None:
    made = remuxed(tmp_path, record(tmp_path / "vp8.webm", starts_at=500.0))
    assert made.duration_ms == pytest.approx(2000, abs=60)
    assert times(made.path, "video")[0] == pytest.approx(0, abs=0.01)
    assert beeps(heard(tmp_path, made)) == pytest.approx([0.0, 1.0], abs=0.03)


def test_a_microphone_that_comes_in_late_is_heard_when_it_spoke(tmp_path: Path) -> None:
    made = remuxed(tmp_path, record(tmp_path / "vp8.webm", seconds=3, sound_from=0.9))
    assert beeps(heard(tmp_path, made)) == pytest.approx([1.0, 2.0], abs=0.02)


def test_a_signed_answer_without_sound_is_kept_and_has_nothing_to_hear(tmp_path: Path) -> None:
    made = remuxed(tmp_path, record(tmp_path / "silent.webm"))
    assert made.has_video
    assert not made.has_audio
    with pytest.raises(NoAudioError):
        decode_audio(made.parts, tmp_path / "audio.s16", LIMITS)
    assert not (tmp_path / "audio.s16").exists()


@pytest.mark.parametrize(
    ("video", "audio", "source", "chosen"),
    [
        ("vp8", "aac", Container.MATROSKA, Container.MATROSKA),
        ("vp9", "aac", Container.MP4, Container.MATROSKA),
        ("av1", "aac", Container.MP4, Container.MP4),
        (None, "mp3", Container.MP4, Container.MP4),
        ("h264", None, Container.WEBM, Container.MP4),
    ],
)
def test_codecs_that_share_no_common_file_go_into_matroska(
    video: str | None, audio: str | None, source: Container, chosen: Container
) -> None:
    assert choose_container(video, audio, source) is chosen


def test_a_part_says_what_it_is_served_as() -> None:
    part = MediaFile(Path("part-0.webm"), Container.WEBM, 1000, 0, None, "opus", None, None)
    assert part.content_type == "audio/webm"

"""Kinds of files: how their first bytes identify them, and whether every browser plays them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.media.facts import AUDIO, MediaRefusedError
from app.media.kinds import (
    AUDIO_CODECS,
    VIDEO_CODECS,
    Container,
    choose_container,
    identify,
    plays_everywhere,
)
from app.media.reading import OpenedSegment
from tests.hostile_media import scripts
from tests.media.encoding import LIMITS, encoded
from tests.media_factory import FOREIGN, record


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


@pytest.mark.parametrize("length", [64, 300_000])
@pytest.mark.parametrize(
    ("kind", "container"),
    [("voice.aac", Container.AAC), ("dictated.flac", Container.FLAC), ("dictated.mp3", Container.MP3)],
)
def test_kind_is_known_behind_a_tag_of_any_length(tmp_path: Path, kind: str, container: Container, length: int) -> None:
    path, size = tmp_path / kind, bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x04\0\0" + size + bytes(length) + record(path, seconds=1).read_bytes())
    with OpenedSegment(path, LIMITS) as segment:
        assert segment.container is container
        assert segment.tracks[AUDIO].codec in ("aac", "flac", "mp3")


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

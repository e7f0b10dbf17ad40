"""In a file made of several recordings, each recording is read completely, or the file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.captions.speech.sound import read_samples
from app.media import chained
from app.media.chained import separate
from app.media.facts import MediaRefusedError, Refusal
from app.media.sandbox import prepare_media
from tests.media_factory import beeps, packets, record

KINDS = ["opus.ogg", "opus.webm", "vp8.webm", "desk.mkv", "h264.mp4", "phone.mp4", "memo.m4a", "dictated.wav"]


@pytest.mark.parametrize("seconds", [1.0, 3.0])
@pytest.mark.parametrize("kind", KINDS)
def test_recordings_that_were_joined_byte_by_byte_are_all_heard_and_seen(
    tmp_path: Path, kind: str, seconds: float
) -> None:
    one = record(tmp_path / kind, seconds=seconds)
    joined = tmp_path / "joined"
    joined.write_bytes(one.read_bytes() * 3)
    made = tmp_path / "made"
    made.mkdir()
    prepared = prepare_media([joined], made)
    assert prepared.complete
    assert prepared.duration_ms == pytest.approx(3 * seconds * 1000, abs=250)
    assert beeps(read_samples(prepared.audio_path)) == pytest.approx(
        [float(each) for each in range(int(3 * seconds))], abs=0.12
    )
    if "video" in packets(one):
        assert len(packets(prepared.path)["video"]) == 3 * len(packets(one)["video"])
    assert not list(made.glob("link-*"))


@pytest.mark.parametrize("kind", [*KINDS, "dictated.mp3", "phone.mov", "vorbis.webm", "h264.webm"])
def test_single_recording_stays_one_file(tmp_path: Path, kind: str) -> None:
    one = record(tmp_path / kind, seconds=1)
    assert separate([one], tmp_path) == [one]


def test_the_order_of_the_segments_stays(tmp_path: Path) -> None:
    first, last = record(tmp_path / "opus.webm", seconds=0.5), record(tmp_path / "vp8.webm", seconds=0.5)
    chain = tmp_path / "chain.ogg"
    chain.write_bytes(record(tmp_path / "opus.ogg", seconds=0.5).read_bytes() * 2)
    found = separate([first, chain, last], tmp_path)
    assert (found[0], found[3]) == (first, last)
    assert found[1].read_bytes() == found[2].read_bytes() == (tmp_path / "opus.ogg").read_bytes()


def test_more_recordings_than_a_take_may_have_are_refused(tmp_path: Path) -> None:
    chain = tmp_path / "chain.ogg"
    chain.write_bytes(record(tmp_path / "opus.ogg", seconds=0.1).read_bytes() * 201)
    with pytest.raises(MediaRefusedError) as caught:
        separate([chain], tmp_path)
    assert caught.value.code is Refusal.TOO_COSTLY


def test_a_beginning_that_lies_across_two_blocks_is_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = record(tmp_path / "opus.ogg", seconds=0.5).read_bytes()
    chain = tmp_path / "chain.ogg"
    chain.write_bytes(one * 2)
    for block in range(len(one) - 4, len(one) + 5):
        monkeypatch.setattr(chained, "BLOCK", block)
        assert [path.read_bytes() for path in separate([chain], tmp_path)] == [one, one]


@pytest.mark.parametrize("rest", [b"\0\0\0\1ftyp", b"\0\0\0\0ftyp", b"\0\0\0\7ftyp", b"\0" * 40, b"\xff" * 40, b"RIFF"])
def test_a_rest_that_makes_no_sense_ends_the_looking(tmp_path: Path, rest: bytes) -> None:
    for kind in ("memo.m4a", "dictated.wav", "opus.ogg", "opus.webm"):
        path = record(tmp_path / kind, seconds=0.2)
        path.write_bytes(path.read_bytes() + rest)
        assert len(separate([path], tmp_path)) <= 2

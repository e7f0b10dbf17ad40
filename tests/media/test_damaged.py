"""Damaged recordings: the parts before and after the damage are kept, and the recording is not reported as complete."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from app.media.facts import Refusal
from app.media.reading import probe
from tests.media.reading import LIMITS, cut, heard, refused, remuxed
from tests.media_factory import beeps, packets, record, times


@pytest.mark.parametrize("kind", ["vp8.webm", "h264.mp4", "opus.ogg", "dictated.wav", "dictated.mp3"])
def test_a_cut_recording_keeps_everything_up_to_the_cut(tmp_path: Path, kind: str) -> None:
    source = record(tmp_path / kind, seconds=6)
    content = source.read_bytes()
    made = remuxed(tmp_path, cut(source, content[: len(content) * 6 // 10]))
    assert 2400 < made.duration_ms < 4800
    for name, found in packets(made.path).items():
        assert (
            found[:-1] == packets(source)[name][: len(found) - 1]
        )  # Only in MP3 files is the partial packet at the cut kept.
    assert len(packets(made.path)["audio"]) > 0.45 * len(packets(source)["audio"])
    assert beeps(heard(tmp_path, made))[:3] == pytest.approx([0, 1, 2], abs=0.06)


@pytest.mark.parametrize("kind", ["vp8.webm", "h264.mp4", "dictated.wav"])
def test_a_cut_recording_is_not_called_complete(tmp_path: Path, kind: str) -> None:
    source = record(tmp_path / kind, seconds=6)
    content = source.read_bytes()
    assert not remuxed(tmp_path, cut(source, content[: len(content) * 6 // 10 + 3])).complete


def test_recording_with_a_missing_middle_keeps_its_beginning_and_end(tmp_path: Path) -> None:
    source = record(tmp_path / "vp8.webm", seconds=12)
    content = source.read_bytes()
    made = remuxed(tmp_path, cut(source, content[: len(content) * 4 // 10] + content[len(content) * 5 // 10 :]))
    assert not made.complete
    assert made.duration_ms == pytest.approx(12_000, abs=60)
    found = beeps(heard(tmp_path, made))
    assert {0.0, 1.0, 2.0, 3.0} <= {round(second) for second in found}
    assert {10.0, 11.0} <= {round(second) for second in found}


def test_two_recordings_written_into_one_file_play_one_after_the_other(tmp_path: Path) -> None:
    source = record(tmp_path / "vp8.webm", seconds=4)
    made = remuxed(tmp_path, cut(source, source.read_bytes() * 2))
    assert made.duration_ms == pytest.approx(8000, abs=60)
    assert not made.complete
    assert [round(second) for second in beeps(heard(tmp_path, made))] == list(range(8))


def test_hours_in_which_a_laptop_slept_are_no_part_of_the_answer(tmp_path: Path) -> None:
    before, after = (
        record(tmp_path / "a.webm", "opus.webm", 2),
        record(tmp_path / "b.webm", "opus.webm", 2, starts_at=9e4),
    )
    slept = tmp_path / "slept.webm"
    with av.open(str(slept), "w", format="webm") as out:
        stream = None
        for path in (before, after):
            with av.open(str(path)) as source:
                stream = stream or out.add_stream_from_template(source.streams.audio[0])
                for packet in source.demux():
                    if packet.dts is not None:
                        packet.stream = stream
                        out.mux(packet)
    assert times(slept, "audio")[-1] > 80_000
    made = remuxed(tmp_path, slept)
    assert made.duration_ms == pytest.approx(5000, abs=60)
    assert beeps(heard(tmp_path, made)) == pytest.approx([0, 1, 3, 4], abs=0.05)


def test_no_bytes_and_a_header_alone_are_empty(tmp_path: Path) -> None:
    source = record(tmp_path / "vp8.webm")
    assert refused(tmp_path, cut(source, b"")) is Refusal.EMPTY
    assert refused(tmp_path, cut(source, source.read_bytes()[:500])) is Refusal.EMPTY
    assert refused(tmp_path) is Refusal.EMPTY


def test_a_recording_without_its_first_part_is_not_media(tmp_path: Path) -> None:
    source = record(tmp_path / "vp8.webm")
    assert refused(tmp_path, cut(source, source.read_bytes()[300:])) is Refusal.NOT_MEDIA


def test_an_index_that_was_never_written_leaves_nothing_to_read(tmp_path: Path) -> None:
    source = record(tmp_path / "phone.mp4")
    assert refused(tmp_path, cut(source, source.read_bytes()[:-2000])) is Refusal.DAMAGED


STATES_ITS_LENGTH = [
    "h264.mp4", "dictated.wav", "dictated.mp3", "linear.caf", "dictated.flac", "dictated.aiff", "wide.aiff",
    "adpcm_ms.wav", "mu-law.wav", "motion.avi", "camera.avi", "opus.webm", "pcm.webm",
]  # fmt: skip


@pytest.mark.parametrize("kind", STATES_ITS_LENGTH)
def test_a_file_cut_between_two_packets_is_not_called_complete(tmp_path: Path, kind: str) -> None:
    source = record(tmp_path / kind, seconds=4)
    content = source.read_bytes()
    assert probe(source, LIMITS).is_intact
    for end in _packet_ends(source)[-12:-1:3]:
        assert not probe(cut(source, content[:end]), LIMITS).is_intact, end


@pytest.mark.parametrize("kind", [*STATES_ITS_LENGTH, "opus.ogg", "voice.aac", "voice.amr"])
def test_a_file_cut_in_a_packet_is_not_called_complete(tmp_path: Path, kind: str) -> None:
    source = record(tmp_path / kind, seconds=4)
    content = source.read_bytes()
    assert not probe(cut(source, content[: _packet_ends(source)[-4] + 8]), LIMITS).is_intact


def _packet_ends(path: Path) -> list[int]:
    with av.open(str(path)) as source:
        return sorted(packet.pos + packet.size for packet in source.demux() if packet.size)


def test_bytes_behind_the_end_of_a_recording_do_not_count(tmp_path: Path) -> None:
    source = record(tmp_path / "dictated.wav", seconds=2)
    made = remuxed(tmp_path, cut(source, source.read_bytes() + b"LIST\x04\0\0\0INFO"))
    assert (made.duration_ms, made.complete) == (2000, True)


@pytest.mark.parametrize("size", [0, 0x7FFFF000, 0x80000000, 0xFFFFFFFF])
@pytest.mark.parametrize("notes", [0, 10_000])
def test_wave_file_that_does_not_say_its_length_is_complete(tmp_path: Path, size: int, notes: int) -> None:
    path = record(tmp_path / "dictated.wav", seconds=2)
    written, unknown = path.read_bytes(), size.to_bytes(4, "little")
    place = written.index(b"data")
    chunk = b"JUNK" + notes.to_bytes(4, "little") + bytes(notes) if notes else b""
    path.write_bytes(written[:4] + unknown + written[8:place] + chunk + b"data" + unknown + written[place + 8 :])
    made = remuxed(tmp_path, path)
    assert (made.duration_ms, made.complete) == (2000, True)

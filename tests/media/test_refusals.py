"""Files that are refused: scripts, references to other files, huge sizes in headers, too many packets, other codecs."""

from __future__ import annotations

import errno
import hashlib
import io
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from app.media.facts import MediaBudget, MediaRefusedError, Refusal
from app.media.kinds import DEMUXERS, Container, identify
from app.media.reading import OpenedSegment, probe, refusal_of
from app.media.sound import decode_audio
from tests.hostile_media import claim_size, refer_outside, scripts
from tests.media.reading import LIMITS, cut, refused, remuxed
from tests.media_factory import FRAMES_PER_SECOND, opus_silence, packets, record


@pytest.mark.parametrize("name", scripts(Path(__file__)))
def test_scripts_and_archives_are_refused_under_any_name(tmp_path: Path, name: str) -> None:
    victim = record(tmp_path / "opus.webm")
    impostor = tmp_path / "answer.webm"
    impostor.write_bytes(scripts(victim)[name])
    assert refused(tmp_path, impostor) is Refusal.NOT_MEDIA
    assert identify(impostor.read_bytes()) is None


@pytest.mark.parametrize("container", Container)
def test_a_pinned_demuxer_would_not_follow_a_script_either(tmp_path: Path, container: Container) -> None:
    script = scripts(record(tmp_path / "opus.webm"))["ffconcat"]
    victim = packets(tmp_path / "opus.webm", "audio")["audio"]
    with suppress(av.FFmpegError), av.open(io.BytesIO(script), format=DEMUXERS[container]) as source:
        found = [hashlib.sha256(bytes(packet)).hexdigest() for packet in source.demux() if packet.size]
        assert not set(victim) & set(found)


def test_ffmpeg_without_a_pinned_demuxer_follows_that_script(tmp_path: Path) -> None:
    victim = record(tmp_path / "opus.webm")
    impostor = tmp_path / "answer.webm"
    impostor.write_bytes(scripts(victim)["ffconcat"])
    assert packets(impostor) == packets(victim)


def test_a_film_that_refers_to_another_file_does_not_get_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"S" * 100_000)
    hostile = cut(record(tmp_path / "memo.m4a"), refer_outside((tmp_path / "memo.m4a").read_bytes(), secret))
    with av.open(str(hostile), options={"enable_drefs": "1", "use_absolute_path": "1"}) as naive:
        assert b"S" * 8 in b"".join(bytes(packet) for packet in naive.demux())
    assert refused(tmp_path, hostile) is Refusal.EMPTY


def test_a_header_that_claims_huge_pictures_is_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    source = record(tmp_path / "vp8.webm", size=(320, 272))
    assert (
        refused(tmp_path, cut(source, claim_size(source.read_bytes(), 65_000, 65_000))) is Refusal.TOO_LARGE_DIMENSIONS
    )


def test_no_picture_is_ever_decoded(tmp_path: Path) -> None:
    with OpenedSegment(record(tmp_path / "h264.mp4"), LIMITS) as segment:
        assert segment.source.streams.video[0].codec_context.pix_fmt is None


def test_hours_of_silence_in_a_small_file_are_too_long(tmp_path: Path) -> None:
    bomb = opus_silence(tmp_path / "bomb.webm", 5 * 3600)
    assert bomb.stat().st_size < 1_500_000
    assert refused(tmp_path, bomb) is Refusal.TOO_LONG


def test_sessions_that_are_short_alone_can_be_too_long_together(tmp_path: Path) -> None:
    source = record(tmp_path / "opus.webm")
    assert refused(tmp_path, source, source, limits=MediaBudget(duration_seconds=3)) is Refusal.TOO_LONG


def test_more_sound_than_the_clock_says_is_too_long(tmp_path: Path) -> None:
    part = remuxed(tmp_path, record(tmp_path / "opus.webm", seconds=4)).only
    with pytest.raises(MediaRefusedError) as caught:
        decode_audio([part], tmp_path / "audio.s16", MediaBudget(duration_seconds=1))
    assert caught.value.code is Refusal.TOO_LONG


def test_a_film_of_many_tracks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.mkv"
    with av.open(str(path), "w") as out:
        streams = [out.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(17)]
        for stream in streams:
            packet = av.Packet(bytes(160))
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, Fraction(1, 8000)
            out.mux(packet)
    assert refused(tmp_path, path) is Refusal.TOO_MANY_STREAMS


@pytest.mark.parametrize(("video", "audio"), [("mpeg2video", None), (None, "ac3")])
def test_a_codec_that_is_not_on_the_list_is_refused(tmp_path: Path, video: str | None, audio: str | None) -> None:
    path = tmp_path / "other.mkv"
    with av.open(str(path), "w") as out:
        if video:
            stream = out.add_stream(video, rate=FRAMES_PER_SECOND)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            frame = av.VideoFrame(64, 48, "yuv420p")
        else:
            stream = out.add_stream(audio, rate=48_000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1536), np.float32), "fltp", "mono")
            frame.sample_rate = 48_000
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert refused(tmp_path, path) is Refusal.CODEC


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), Refusal.MEMORY),
        (av.error.MemoryError(errno.ENOMEM, "Cannot allocate memory"), Refusal.MEMORY),
        (av.error.InvalidDataError(1094995529, "Invalid data"), Refusal.DAMAGED),
        (av.error.EOFError(541478725, "End of file"), Refusal.DAMAGED),
        (OSError(errno.ENOSPC, "No space left on device"), None),
        (ZeroDivisionError(), Refusal.DAMAGED),
        (OSError(errno.EFBIG, "File too large"), Refusal.TOO_COSTLY),
    ],
)
def test_an_error_is_blamed_on_the_recording_or_on_the_machine(error: Exception, code: Refusal | None) -> None:
    refusal = refusal_of(error)
    assert (refusal and refusal.code) is code


def test_a_probe_measures_and_does_not_believe(tmp_path: Path) -> None:
    facts = probe(record(tmp_path / "phone.mp4"), LIMITS)
    assert facts.duration_ms == pytest.approx(2000, abs=60)
    assert (facts.tracks["video"].codec, facts.tracks["video"].width, facts.tracks["video"].height) == (
        "h264",
        160,
        120,
    )
    assert (facts.tracks["audio"].codec, facts.tracks["audio"].rate, facts.tracks["audio"].channels) == (
        "aac",
        48_000,
        2,
    )

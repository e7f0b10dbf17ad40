"""Packets are copied without changes, files are seekable, and damaged recordings are kept up to the damage."""

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

from app.captions.speech.sound import read_samples
from app.media.facts import MediaBudget, MediaFile, MediaRefusedError, NoAudioError, Refusal, Remuxed
from app.media.kinds import DEMUXERS, Container, choose_container, identify
from app.media.reading import OpenedSegment, probe, refusal_of
from app.media.remuxing import remux
from app.media.sound import decode_audio
from tests.hostile_media import claim_size, refer_outside, scripts
from tests.media_factory import FRAMES_PER_SECOND, RECIPES, beeps, opus_silence, packets, record, times

LIMITS = MediaBudget()
REWRITTEN = {"av1.webm"}
"""Formats whose packets change: in WebM, the muxer omits the empty delimiters between AV1 frames, as required."""


def remuxed(tmp_path: Path, *segments: Path, limits: MediaBudget = LIMITS) -> Remuxed:
    folder = tmp_path / "made"
    folder.mkdir(exist_ok=True)
    return remux(segments, folder, limits, anyway=True)


def heard(tmp_path: Path, made: Remuxed) -> np.ndarray:
    count = decode_audio(made.parts, tmp_path / "audio.s16", LIMITS)
    samples = read_samples(tmp_path / "audio.s16")
    assert len(samples) == count
    return samples


def cut(path: Path, content: bytes) -> Path:
    changed = path.with_name(f"changed-{path.name}")
    changed.write_bytes(content)
    return changed


def refused(tmp_path: Path, *segments: Path, limits: MediaBudget = LIMITS) -> Refusal:
    with pytest.raises(MediaRefusedError) as caught:
        remuxed(tmp_path, *segments, limits=limits)
    return caught.value.code


class CountingFile(io.FileIO):
    """Counts the seeks in a file. Over HTTP, each would be a request."""

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


def test_what_a_phone_notes_of_place_and_device_is_left_out(tmp_path: Path) -> None:
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


def test_sessions_of_different_codecs_become_parts_and_none_is_lost(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("kind", ["vp8.webm", "h264.mp4", "opus.ogg", "dictated.wav", "dictated.mp3"])
def test_a_cut_recording_keeps_everything_up_to_the_cut(tmp_path: Path, kind: str) -> None:
    source = record(tmp_path / kind, seconds=6)
    content = source.read_bytes()
    made = remuxed(tmp_path, cut(source, content[: len(content) * 6 // 10]))
    assert 2400 < made.duration_ms < 4800
    for name, found in packets(made.path).items():
        assert found[:-1] == packets(source)[name][: len(found) - 1]  # Only MP3 keeps the partial packet at the cut.
    assert len(packets(made.path)["audio"]) > 0.45 * len(packets(source)["audio"])
    assert beeps(heard(tmp_path, made))[:3] == pytest.approx([0, 1, 2], abs=0.06)


@pytest.mark.parametrize("kind", ["vp8.webm", "h264.mp4", "dictated.wav"])
def test_a_cut_recording_is_not_called_complete(tmp_path: Path, kind: str) -> None:
    source = record(tmp_path / kind, seconds=6)
    content = source.read_bytes()
    assert not remuxed(tmp_path, cut(source, content[: len(content) * 6 // 10 + 3])).complete


def test_with_its_middle_missing_a_recording_is_kept_before_and_after(tmp_path: Path) -> None:
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


def test_a_signed_answer_without_sound_is_kept_and_has_nothing_to_hear(tmp_path: Path) -> None:
    made = remuxed(tmp_path, record(tmp_path / "silent.webm"))
    assert made.has_video
    assert not made.has_audio
    with pytest.raises(NoAudioError):
        decode_audio(made.parts, tmp_path / "audio.s16", LIMITS)
    assert not (tmp_path / "audio.s16").exists()


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


@pytest.mark.parametrize("name", scripts(Path(__file__)))
def test_what_is_no_recording_is_refused_whatever_its_name(tmp_path: Path, name: str) -> None:
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


def test_without_a_pinned_demuxer_that_script_plays_another_candidates_voice(tmp_path: Path) -> None:
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

"""A recording with too many packets, bytes, pixels or seconds for its length is refused before all of it is processed."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from app.media.cost import CostMeter
from app.media.facts import MediaBudget, MediaRefusedError, Refusal, limits_for
from app.media.picture_sizes import picture_size, setup_size
from app.media.reading import probe
from app.media.sandbox import prepare_media
from tests.hostile_media import claim_picture, compressed_sound, many_packets
from tests.media_factory import RECIPES, opus_silence, pictures, record

LIMITS = MediaBudget()


def refused(path: Path, limits: MediaBudget = LIMITS) -> Refusal:
    with pytest.raises(MediaRefusedError) as caught:
        probe(path, limits)
    return caught.value.code


def used(work: Path, *segments: Path, limits: MediaBudget) -> tuple[Refusal, float]:
    """Return the child's refusal and the processor seconds that it used."""
    work.mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(MediaRefusedError) as caught:
        prepare_media(segments, work, limits)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return caught.value.code, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_many_packets_with_the_same_time_are_refused_early(tmp_path: Path) -> None:
    path = many_packets(tmp_path / "moment.webm", 40_000)
    assert refused(path) is Refusal.TOO_COSTLY
    assert refused(path, MediaBudget(spare_packets=39_000)) is Refusal.TOO_COSTLY


def test_any_number_of_valid_packets_is_read(tmp_path: Path) -> None:
    assert probe(many_packets(tmp_path / "dense.webm", 12_000, every_ms=2), LIMITS).duration_ms >= 23_990


@pytest.mark.parametrize(("seconds", "packets"), [(0, 5_000), (10, 15_000)])
def test_a_short_recording_may_have_some_packets_and_a_long_one_more(seconds: int, packets: int) -> None:
    meter = CostMeter(LIMITS, 10_000_000)
    for _ in range(packets):
        meter.count(1, seconds * 1_000_000)
    with pytest.raises(MediaRefusedError):
        meter.count(1, seconds * 1_000_000)


def test_content_many_times_as_large_as_its_file_is_refused_before_it_is_written(tmp_path: Path) -> None:
    bomb = compressed_sound(tmp_path / "bomb.mkv", 600)
    assert bomb.stat().st_size < 300_000
    assert refused(bomb) is Refusal.TOO_COSTLY
    made = tmp_path / "made"
    made.mkdir()
    with pytest.raises(MediaRefusedError):
        prepare_media([bomb], made)
    assert list(made.iterdir()) == []


def test_a_take_longer_than_its_own_limit_and_the_margin_is_refused_before_all_of_it_is_read(tmp_path: Path) -> None:
    long = opus_silence(tmp_path / "long.webm", 4 * 3600)
    assert refused(long, MediaBudget(duration_seconds=120)) is Refusal.TOO_LONG
    whole = used(tmp_path / "1", long, limits=MediaBudget(duration_seconds=4 * 3600 - 60))
    short = used(tmp_path / "2", long, limits=MediaBudget(duration_seconds=120))
    assert whole[0] is short[0] is Refusal.TOO_LONG
    assert short[1] < whole[1]


def test_one_segment_that_costs_too_much_ends_the_reading_of_the_take(tmp_path: Path) -> None:
    honest = record(tmp_path / "opus.webm", seconds=0.5)
    made = tmp_path / "made"
    made.mkdir()
    with pytest.raises(MediaRefusedError) as caught:
        prepare_media([honest, many_packets(tmp_path / "moment.webm", 20_000)], made)
    assert caught.value.code is Refusal.TOO_COSTLY


def test_a_picture_larger_than_its_header_says_is_refused(tmp_path: Path) -> None:
    honest = record(tmp_path / "vp8.webm", seconds=0.5).read_bytes()
    lying = tmp_path / "lying.webm"
    lying.write_bytes(claim_picture(honest, 16_383, 16_383))
    assert refused(lying) is Refusal.TOO_LARGE_DIMENSIONS
    lying.write_bytes(claim_picture(honest, 8_000, 8_000))  # each side is allowed, but their product is not
    assert refused(lying) is Refusal.TOO_LARGE_DIMENSIONS


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if recipe.video])
def test_the_size_of_a_picture_is_read_from_what_is_decoded_for_every_codec(tmp_path: Path, name: str) -> None:
    path = record(tmp_path / name, seconds=0.4, size=(320, 176))
    codec, setup, packets = pictures(path)
    sizes = {setup_size(codec, setup)} | {picture_size(codec, packet, setup) for packet in packets}
    assert sizes - {None} == {(320, 176)}


@pytest.mark.parametrize("codec", ["vp8", "vp9", "av1", "h264", "hevc", "mjpeg"])
def test_pictures_that_are_cut_or_noise_say_no_size_and_raise_nothing(codec: str) -> None:
    noise = bytes((number * 197 + 13) % 251 for number in range(3000))
    for content in (b"", b"\0", b"\x82", b"\0\0\1\x67", b"\xff" * 40, b"\x0a\xff" * 20, noise, b"\0" * 2000):
        for setup in (b"", b"\1" + content, content):
            assert picture_size(codec, content, setup) is None or picture_size(codec, content, setup)
            assert setup_size(codec, setup) is None or setup_size(codec, setup)


@pytest.mark.parametrize(
    ("limit", "longest"), [(60, 31 * 60), (3600, 2 * 3600), (3 * 3600, 4 * 3600), (None, 4 * 3600), (0, 30 * 60)]
)
def test_a_recording_may_overrun_its_limit_by_as_much_again_and_by_half_an_hour_at_least(
    limit: int | None, longest: int
) -> None:
    assert limits_for(limit).duration_seconds == longest

"""Times of packets are corrected: they start at 0 and never decrease, even if the recorder's clock jumps."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.media.timeline import (
    MICROSECOND,
    SECOND,
    STARTED_OVER,
    STOOD_STILL,
    OutputClock,
    PacketTimes,
    Timeline,
    decode_times,
    rescale,
    start_shift,
)

TICKS = st.integers(-(10**12), 10**12)


def test_even_recording_is_not_changed() -> None:
    timeline = Timeline()
    assert [timeline.place(0, number * 20_000, 20_000) for number in range(5)] == [0, 20_000, 40_000, 60_000, 80_000]
    assert (timeline.first, timeline.end, timeline.has_jumps) == (0, 100_000, False)


def test_a_missing_time_follows_the_packet_before() -> None:
    timeline = Timeline()
    timeline.place(0, 1000, 20_000)
    assert timeline.place(0, None, 20_000) == 21_000


def test_a_missing_duration_is_that_of_the_packet_before() -> None:
    timeline = Timeline()
    timeline.place(0, 0, 0)
    timeline.place(0, 40_000, 0)
    assert timeline.end == 80_000


def test_a_long_standstill_is_shortened_to_a_second() -> None:
    timeline = Timeline()
    timeline.place(0, 0, 20_000)
    assert timeline.place(0, STOOD_STILL + 30_000, 20_000) == 20_000 + SECOND
    assert timeline.has_jumps


def test_a_pause_within_reason_is_kept() -> None:
    timeline = Timeline()
    timeline.place(0, 0, 20_000)
    assert timeline.place(0, STOOD_STILL, 20_000) == STOOD_STILL
    assert not timeline.has_jumps


def test_a_clock_that_starts_over_goes_on_from_the_end_for_every_track() -> None:
    timeline = Timeline()
    for number in range(300):
        timeline.place(0, number * 20_000, 20_000)
        timeline.place(1, number * 20_000, 20_000)
    assert timeline.place(0, 0, 20_000) == 6 * SECOND
    assert timeline.place(1, 0, 20_000) == 6 * SECOND


def test_a_decoders_run_up_stays_before_nought_and_a_late_beginning_does_not() -> None:
    assert start_shift(-6_500) == 0
    assert start_shift(0) == 0
    assert start_shift(500 * SECOND) == -500 * SECOND
    assert start_shift(-5 * SECOND) == 5 * SECOND
    assert start_shift(None) == 0


@given(st.lists(st.tuples(st.integers(0, 1), st.one_of(st.none(), TICKS), st.integers(-5, 10**13)), max_size=60))
def test_no_clock_makes_a_recording_much_longer_than_its_packets(clock: list[tuple[int, int | None, int]]) -> None:
    timeline = Timeline()
    for track, time, duration in clock:
        timeline.place(track, time, duration)
    if timeline.end is not None and timeline.first is not None:
        assert timeline.end - timeline.first <= len(clock) * 2 * (STOOD_STILL + STARTED_OVER)


@given(st.lists(TICKS, unique=True, max_size=80))
def test_made_up_decode_times_rise_and_are_never_after_the_frame_is_shown(shown: list[int]) -> None:
    made_up = decode_times(shown)
    assert all(before < after for before, after in pairwise(made_up))
    assert all(decoded <= own for decoded, own in zip(made_up, shown, strict=True))


@given(
    st.lists(st.tuples(TICKS, TICKS, TICKS), min_size=1, max_size=40), st.integers(1, 48_000), st.integers(1, 48_000)
)
def test_times_in_a_file_always_rise(moments: list[tuple[int, int, int]], source: int, target: int) -> None:
    clock = OutputClock(Fraction(1, target))
    moved = [
        clock.move(PacketTimes(shown, decoded, 1, Fraction(1, source)), placed, None)
        for shown, decoded, placed in moments
    ]
    decoded = [moment.decoded or 0 for moment in moved]
    assert all(before < after for before, after in pairwise(decoded))
    assert all((moment.decoded or 0) <= (moment.shown or 0) for moment in moved)


@given(st.integers(-(10**9), 10**9))
def test_ticks_that_need_not_move_stay_to_the_tick(ticks: int) -> None:
    base = Fraction(1, 48_000)
    moment = PacketTimes(ticks, ticks, 960, base)
    assert OutputClock(base).move(moment, rescale(ticks, base, MICROSECOND), None) == moment

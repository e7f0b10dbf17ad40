"""Calculate the times of packets when segments are joined into one file. No I/O. Times are whole microseconds.

Recorder timestamps are unreliable. They may start late, continue during a laptop's sleep, or start over if two
recordings were written into one file. The corrected times start at 0, keep sound and picture in sync, and never
decrease.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

MICROSECOND = Fraction(1, 1_000_000)
MILLISECOND = Fraction(1, 1000)
SECOND = 1_000_000
PRIMING = SECOND
"""Maximum length of a decoder's pre-roll (Opus pre-skip, AAC priming), whose times before 0 are not changed."""
STARTED_OVER = 2 * SECOND
"""A track that jumps back by more than this has started over. Smaller jumps are reordered video frames."""
STOOD_STILL = 60 * SECOND
"""Maximum distance of a time from the end of earlier packets. Beyond it there was a jump: the machine slept, or the
file is wrong.
"""
SHORTENED_TO = SECOND


class Timeline:
    """Corrects the times of the packets of one segment, in file order."""

    def __init__(self) -> None:
        self.first: int | None = None
        """Earliest time of the first packets of all tracks."""
        self.end: int | None = None
        """Latest end of a packet so far, in corrected time."""
        self.has_jumps = False
        self.jump = 0
        """The offset that is added to the recorder's times from now on."""
        self._last: dict[int, int] = {}
        self._next: dict[int, int] = {}
        self._seen: set[int] = set()

    def place(self, track: int, time: int | None, duration: int) -> int:
        """Return the corrected time of the next packet of a track.

        `time` is None if the recorder gave the packet no time. A duration of 0 means unknown. The packet then lasts as
        long as the one before it, at most a second.
        """
        if time is None:
            time = self._next.get(track, (self.end or 0) - self.jump)
        last = self._last.get(track)
        if self.end is not None and last is not None and time < last - STARTED_OVER:
            self._jump(self.end, time)
        elif self.end is not None and abs(time + self.jump - self.end) > STOOD_STILL:
            self._jump(self.end + SHORTENED_TO, time)
        last = self._last.get(track)
        duration = min(duration, STOOD_STILL)
        if duration <= 0:
            duration = min(max(time - last, 0), SECOND) if last is not None else 0
        begins, ends = time + self.jump, time + self.jump + duration
        if track not in self._seen:
            self._seen.add(track)
            self.first = begins if self.first is None else min(self.first, begins)
        self._last[track] = time
        self._next[track] = time + duration
        self.end = ends if self.end is None else max(self.end, ends)
        return begins

    def _jump(self, target: int, time: int) -> None:
        self.jump = target - time
        self._last.clear()
        self.has_jumps = True


def start_shift(first: int | None) -> int:
    """Return the shift that makes a segment start at time 0. A decoder's pre-roll may stay before 0."""
    if first is None or -PRIMING <= first <= 0:
        return 0
    return -first


def decode_times(shown: list[int]) -> tuple[int, ...]:
    """Return decode times for frames that have only presentation times. `shown` is in storage order.

    The n-th frame is decoded at the n-th earliest presentation time, minus the greatest reordering delay. Decode times
    always increase, and no frame is decoded after it is shown.
    """
    in_order = sorted(shown)
    delay = max((early - own for early, own in zip(in_order, shown, strict=True)), default=0)
    return tuple(early - delay for early in in_order)


class TimeScale:
    """Converts times in units of `source` seconds to the nearest whole number of units of `target` seconds."""

    __slots__ = ("_above", "_below")

    def __init__(self, source: Fraction, target: Fraction):
        # Integers are faster: a minute of video has 5,000 packets, with several conversions for each.
        self._above = 2 * source.numerator * target.denominator
        self._below = source.denominator * target.numerator

    def __call__(self, value: int) -> int:
        return (value * self._above + self._below) // (2 * self._below)


def rescale(value: int, source: Fraction, target: Fraction) -> int:
    """Convert a time in units of `source` seconds to the nearest whole number of units of `target` seconds."""
    return TimeScale(source, target)(value)


class PacketTimes(NamedTuple):
    """Presentation time, decode time and duration of a packet, in units of `base` seconds."""

    shown: int | None
    decoded: int | None
    duration: int
    base: Fraction


class OutputClock:
    """Calculates strictly increasing decode times for the packets of one track of an output file."""

    def __init__(self, base: Fraction):
        self.base = base
        self._last: int | None = None
        self._from_microseconds = TimeScale(MICROSECOND, base)
        self._read_from(base)

    def _read_from(self, base: Fraction) -> None:
        """Prepare for packets whose times are in units of `base` seconds."""
        self._source = base
        self._scale, self._to_microseconds = TimeScale(base, self.base), TimeScale(base, MICROSECOND)

    def move(self, moment: PacketTimes, placed_us: int, decoded_us: int | None) -> PacketTimes:
        """Return the times of a packet in the output file.

        The distances between the recorder's timestamps are kept where possible. `placed_us` is its presentation time in
        the output file in microseconds. `decoded_us` is its decode time if that had to be calculated.
        """
        if moment.base is not self._source:  # All packets of a track share one object.
            self._read_from(moment.base)
        shown = moment.shown if moment.shown is not None else moment.decoded
        if shown is None:
            pts = dts = self._from_microseconds(placed_us)
        else:
            ticks = self._scale(shown)
            pts = ticks + self._from_microseconds(placed_us - self._to_microseconds(shown))
            decoded = shown if moment.decoded is None else moment.decoded
            dts = pts - ticks + self._scale(decoded)
        if decoded_us is not None:
            dts = self._from_microseconds(decoded_us)
        dts = min(dts, pts)
        if self._last is not None:
            dts = max(dts, self._last + 1)
        self._last = dts
        return PacketTimes(max(pts, dts), dts, self._scale(moment.duration), self.base)

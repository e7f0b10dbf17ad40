"""The cost of reading a recording, counted during reading: packets, bytes and seconds. No I/O."""

from __future__ import annotations

from app.media.facts import MediaBudget, MediaRefusedError, Refusal

MAX_GROWTH = 2
"""Maximum ratio of content to file size. Matroska can compress content, and MP4 can use the same bytes repeatedly."""
SPARE_BYTES = 1024 * 1024
SECOND_US = 1_000_000


class CostMeter:
    """Counts the packets of one file. A refusal is final, because reading the same file again would cost the same."""

    def __init__(self, limits: MediaBudget, file_bytes: int):
        self.packets = 0
        self.bytes = 0
        self._limits = limits
        self._most_bytes = MAX_GROWTH * file_bytes + SPARE_BYTES

    def count(self, size: int, duration_us: int) -> None:
        """Count a packet of `size` bytes. `duration_us` is the duration of the packets counted so far.

        Raises MediaRefusedError: too_long, or too_costly if the content has far more bytes than the file, or more
        packets than a genuine recording of that duration.
        """
        self.packets += 1
        self.bytes += size
        if duration_us > (self._limits.duration_seconds + 1) * SECOND_US:
            raise MediaRefusedError(Refusal.TOO_LONG, f"longer than {self._limits.duration_seconds} s")
        if self.bytes > self._most_bytes:
            raise MediaRefusedError(Refusal.TOO_COSTLY, "the content expands to many times the size of the file")
        spare = self.packets - self._limits.spare_packets
        if spare > 0 and spare * SECOND_US > self._limits.packets_a_second * duration_us:
            raise MediaRefusedError(Refusal.TOO_COSTLY, f"{self.packets} packets in {duration_us // 1000} ms")


def check_size(size: tuple[int, int] | None, limits: MediaBudget) -> None:
    """Raise MediaRefusedError (too_large_dimensions) if a picture is too large for players.

    `size` is width and height in pixels, or None if unknown.
    """
    if size is None:
        return
    if max(size) > limits.side_pixels or size[0] * size[1] > limits.pixels:
        raise MediaRefusedError(Refusal.TOO_LARGE_DIMENSIONS, f"a picture of {size[0]} x {size[1]} pixels")

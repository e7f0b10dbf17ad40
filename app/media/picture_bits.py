"""Read numbers with any number of bits at the beginning of a packet, as used in picture headers. No I/O."""

from __future__ import annotations

from collections.abc import Callable

Size = tuple[int, int]
"""Width and height in pixels."""
HEADER_BYTES = 1024
"""Number of bytes examined. In every codec, the header gives the picture size within fewer bytes."""


class EndOfBitsError(ValueError):
    """The header is truncated."""


class BitReader:
    """A reader for numbers with any number of bits, most significant bit first."""

    def __init__(self, content: bytes | memoryview):
        self.value = int.from_bytes(content[:HEADER_BYTES], "big")
        self.left = 8 * min(len(content), HEADER_BYTES)

    def take(self, count: int) -> int:
        if count > self.left:
            raise EndOfBitsError
        self.left -= count
        return self.value >> self.left & (1 << count) - 1

    def golomb(self) -> int:
        """Read an unsigned Exp-Golomb number (H.264, 9.1)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def signed_golomb(self) -> int:
        value = self.golomb()
        return (value + 1) // 2 if value % 2 else -(value // 2)


def read_size(read: Callable[[BitReader], Size | None], content: bytes | memoryview) -> Size | None:
    """Return the result of `read`, or None if the header is truncated. No decoder can use a truncated header either."""
    try:
        return read(BitReader(content))
    except EndOfBitsError:
        return None

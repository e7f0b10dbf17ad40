"""Numbers of so many bits at the beginning of a packet: what the headers of pictures are written in. Pure."""

from __future__ import annotations

from collections.abc import Callable

Size = tuple[int, int]
"""Width and height, pixels."""
HEADER_BYTES = 1024
"""More than any header has before it says a size."""


class EndOfBits(ValueError):
    """The header is shorter than it says."""


class Bits:
    """Reads numbers of so many bits, the highest first."""

    def __init__(self, content: bytes | memoryview):
        self.value = int.from_bytes(content[:HEADER_BYTES], "big")
        self.left = 8 * min(len(content), HEADER_BYTES)

    def take(self, count: int) -> int:
        if count > self.left:
            raise EndOfBits
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


def tried(read: Callable[[Bits], Size | None], content: bytes | memoryview) -> Size | None:
    """Return what `read` finds; None for a header that is cut: no decoder can use it either."""
    try:
        return read(Bits(content))
    except EndOfBits:
        return None

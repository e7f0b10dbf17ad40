"""Read the decoded size of pictures from a video's packets, because a file's header may claim a smaller size. No I/O.

Sources: RFC 6386, 9.1 (VP8); the VP9 bitstream specification, 6.2 and annex B; the AV1 specification, 5.5. For H.264
and HEVC see `picture_parameters`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from app.media.picture_bits import HEADER_BYTES, BitReader, Size, read_size
from app.media.picture_parameters import parameters_setup_size, parameters_size

AV1_SEQUENCE = 1
VP9_SYNC, VP9_RGB = 0x498342, 7


def picture_size(codec: str, packet: bytes | memoryview, setup: bytes = b"") -> Size | None:
    """Return the largest width and height in a packet, or None if the packet contains no size.

    `setup` is the track's extradata, which says how packets of H.264 and HEVC are divided.
    """
    if codec in ("h264", "hevc"):
        return _largest(parameters_size(codec, packet, setup))
    read = _READERS.get(codec)
    return _largest(read(packet)) if read else None


def setup_size(codec: str, setup: bytes) -> Size | None:
    """Return the largest width and height in a track's setup data (extradata), or None if it contains no size."""
    if codec in ("h264", "hevc"):
        return _largest(parameters_setup_size(codec, setup))
    return _largest(_av1(setup[4:])) if codec == "av1" else None  # skip the four bytes at the start of an av1C


def _largest(sizes: Iterable[Size]) -> Size | None:
    found = list(sizes)
    return (max(width for width, _ in found), max(height for _, height in found)) if found else None


def _vp8(packet: bytes | memoryview) -> Iterator[Size]:
    if len(packet) >= 10 and not packet[0] & 1:
        yield int.from_bytes(packet[6:8], "little") & 0x3FFF, int.from_bytes(packet[8:10], "little") & 0x3FFF


def _vp9(packet: bytes | memoryview) -> Iterator[Size]:
    for frame in _superframe(packet):
        if size := read_size(_vp9_size, frame):
            yield size


def _superframe(packet: bytes | memoryview) -> Iterator[bytes | memoryview]:
    """Yield the frames of a packet: several if the packet ends with an index, otherwise one."""
    last = packet[-1] if len(packet) else 0
    count, width = (last & 7) + 1, (last >> 3 & 3) + 1
    index = len(packet) - 2 - count * width
    if last & 0xE0 != 0xC0 or index < 0 or packet[index] != last:
        yield packet
        return
    place = 0
    for number in range(count):
        begin = index + 1 + number * width
        size = int.from_bytes(packet[begin : begin + width], "little")
        yield packet[place : place + min(size, HEADER_BYTES)]
        place += size


def _vp9_size(bits: BitReader) -> Size | None:
    if bits.take(2) != 2:
        return None
    profile = bits.take(1) | bits.take(1) << 1
    if profile == 3:
        bits.take(1)
    if bits.take(1):  # an earlier frame is shown
        return None
    is_key, is_shown, is_resilient = not bits.take(1), bits.take(1), bits.take(1)
    if is_key:
        if bits.take(24) != VP9_SYNC:
            return None
        _skip_vp9_colour(bits, profile)
        return bits.take(16) + 1, bits.take(16) + 1
    is_intra = not is_shown and bits.take(1)
    if not is_resilient:
        bits.take(2)
    if is_intra:
        if bits.take(24) != VP9_SYNC:
            return None
        if profile:
            _skip_vp9_colour(bits, profile)
        bits.take(8)
        return bits.take(16) + 1, bits.take(16) + 1
    bits.take(8 + 3 * 4)
    if any(bits.take(1) for _ in range(3)):  # the size of an earlier frame is used
        return None
    return bits.take(16) + 1, bits.take(16) + 1


def _skip_vp9_colour(bits: BitReader, profile: int) -> None:
    if profile >= 2:
        bits.take(1)
    if bits.take(3) != VP9_RGB:
        bits.take(1)
        bits.take(3 if profile in (1, 3) else 0)
    elif profile in (1, 3):
        bits.take(1)


def _av1(packet: bytes | memoryview) -> Iterator[Size]:
    place = 0
    while place < len(packet):
        header = packet[place]
        place += 1 + (header >> 2 & 1)
        size = len(packet) - place
        if header >> 1 & 1:
            size, place = _leb128(packet, place)
        found = read_size(_av1_size, packet[place : place + size]) if header >> 3 & 15 == AV1_SEQUENCE else None
        if found:
            yield found
        place += size


def _leb128(packet: bytes | memoryview, place: int) -> tuple[int, int]:
    value = 0
    for number, byte in enumerate(packet[place : place + 8]):
        value |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            return value, place + number + 1
    return 0, len(packet)


def _av1_size(bits: BitReader) -> Size:
    bits.take(4)
    if bits.take(1):  # a reduced header
        bits.take(5)
    else:
        _skip_av1_operating_points(bits)
    widths, heights = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(widths) + 1, bits.take(heights) + 1


def _skip_av1_operating_points(bits: BitReader) -> None:
    delay = 0
    if bits.take(1):
        bits.take(64)
        if bits.take(1):
            bits.golomb()
        if bits.take(1):
            delay = bits.take(5) + 1
            bits.take(42)
    says_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay and bits.take(1):
            bits.take(2 * delay + 1)
        if says_delay and bits.take(1):
            bits.take(4)


_READERS: dict[str, Callable[[bytes | memoryview], Iterator[Size]]] = {"vp8": _vp8, "vp9": _vp9, "av1": _av1}

"""Read picture sizes from the parameter sets of H.264 and HEVC. No I/O.

Sources: ITU-T H.264, 7.3.2.1.1; ITU-T H.265, 7.3.2.2; ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.media.picture_bits import HEADER_BYTES, BitReader, Size, read_size

H264_SPS, HEVC_SPS = 7, 33
HIGH_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
"""H.264 profiles whose parameters begin with the colour format."""
START_CODE = b"\0\0\1"


def parameters_size(codec: str, packet: bytes | memoryview, setup: bytes) -> list[Size]:
    """Return the picture sizes in the parameter sets of a packet.

    `setup` (extradata) says how the packet is divided into units.
    """
    has_lengths = len(setup) > (6 if codec == "h264" else 22) and not _has_start_codes(setup)
    width = (setup[4 if codec == "h264" else 21] & 3) + 1 if has_lengths else 0
    return _sizes(codec, _after_lengths(packet, width) if width else _between_start_codes(bytes(packet)))


def parameters_setup_size(codec: str, setup: bytes) -> list[Size]:
    """Return the picture sizes in the parameter sets of a track's setup data: avcC, hvcC, or units after start codes."""
    return _sizes(codec, _between_start_codes(setup) if _has_start_codes(setup) else _in_setup(codec, setup))


def _sizes(codec: str, units: Iterable[bytes]) -> list[Size]:
    wanted, read = (H264_SPS, _h264_size) if codec == "h264" else (HEVC_SPS, _hevc_size)
    found = (read_size(read, unit) for unit in units if _type(codec, unit) == wanted)
    return [size for size in found if size]


def _has_start_codes(setup: bytes) -> bool:
    return setup.startswith((START_CODE, b"\0" + START_CODE)) or not setup


def _type(codec: str, unit: bytes) -> int:
    if not unit:
        return -1
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63


def _after_lengths(packet: bytes | memoryview, width: int) -> Iterator[bytes]:
    place = 0
    while place + width < len(packet):
        size = int.from_bytes(packet[place : place + width], "big")
        place += width
        yield _plain(packet[place : place + min(size, HEADER_BYTES)])
        place += size


def _between_start_codes(content: bytes) -> Iterator[bytes]:
    place = content.find(START_CODE)
    while place >= 0:
        following = content.find(START_CODE, place + 3)
        yield _plain(content[place + 3 : following if following >= 0 else None][:HEADER_BYTES])
        place = following


def _in_setup(codec: str, setup: bytes) -> Iterator[bytes]:
    """Yield the units in an avcC (ISO/IEC 14496-15, 5.3.3.1) or hvcC (8.3.3.1).

    Two bytes before each unit give its length.
    """
    if codec == "h264":
        place, arrays = 6, [setup[5] & 31] if len(setup) > 5 else []
    else:
        place, arrays = 23, [-1] * setup[22] if len(setup) > 22 else []
    for count in arrays:
        if count < 0:
            count = int.from_bytes(setup[place + 1 : place + 3], "big")
            place += 3
        for _ in range(count):
            if place >= len(setup):
                return
            size = int.from_bytes(setup[place : place + 2], "big")
            yield _plain(setup[place + 2 : place + 2 + size])
            place += 2 + size


def _plain(unit: bytes | memoryview) -> bytes:
    """Return a unit without its emulation prevention bytes (H.264, 7.4.1.1)."""
    return bytes(unit).replace(b"\0\0\3", b"\0\0")


def _h264_size(bits: BitReader) -> Size:
    bits.take(8)
    profile = bits.take(8)
    bits.take(16)
    bits.golomb()
    if profile in HIGH_PROFILES:
        _skip_h264_colour(bits)
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        bits.golomb(), bits.golomb()
        for _ in range(bits.golomb()):
            bits.golomb()
    bits.golomb()
    bits.take(1)
    width, height = bits.golomb() + 1, bits.golomb() + 1
    return 16 * width, 16 * height * (2 - bits.take(1))


def _skip_h264_colour(bits: BitReader) -> None:
    colour = bits.golomb()
    if colour == 3:
        bits.take(1)
    bits.golomb(), bits.golomb()
    bits.take(1)
    if not bits.take(1):
        return
    for number in range(12 if colour == 3 else 8):
        if bits.take(1):
            last = following = 8
            for _ in range(16 if number < 6 else 64):
                if following:
                    following = (last + bits.signed_golomb()) % 256
                last = following or last


def _hevc_size(bits: BitReader) -> Size:
    bits.take(16 + 4)
    layers = bits.take(3)
    bits.take(1 + 96)
    present = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for has_profile, has_level in present:
        bits.take(88 * has_profile + 8 * has_level)
    bits.golomb()
    if bits.golomb() == 3:
        bits.take(1)
    return bits.golomb(), bits.golomb()

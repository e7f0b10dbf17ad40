"""Files that no recorder makes: extreme times, sizes, tracks and nesting. Each costs little and gets an honest verdict.

The child process may use little processor time here, and no more memory than for any recording.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from app.media.facts import MediaBudget, MediaRefusedError, Preparation, Refusal
from app.media.sandbox import NeedsEncodingError, PreparedMedia
from tests.hostile_media import element
from tests.media.sandboxed import prepare
from tests.media_factory import record

BUDGET = MediaBudget(duration_seconds=600, cpu_seconds=60)
SILENCE = b"\x19"
"""An Opus packet with 20 ms of silence in the hybrid mode (RFC 6716, section 3)."""
OPUS_HEAD = b"OpusHead\1\1\0\0\x80\xbb\0\0\0\0\0"


def track(number: int, kind: int = 2, codec: bytes = b"A_OPUS") -> bytes:
    """Return a track of a Matroska file. Kind 2 is sound, kind 17 subtitles."""
    sound = element(0x63A2, OPUS_HEAD) + element(
        0xE1, element(0xB5, struct.pack(">d", 48_000.0)) + element(0x9F, b"\1")
    )
    named = element(0xD7, bytes([number])) + element(0x73C5, bytes([number])) + element(0x83, bytes([kind]))
    return element(0xAE, named + element(0x86, codec) + (sound if kind == 2 else b""))


def cluster(time: int, *packets: tuple[int, int, bytes]) -> bytes:
    """Return a cluster of packets: the number of the track, the time after that of the cluster, and the content."""
    blocks = (
        element(0xA3, bytes([0x80 | number]) + struct.pack(">h", at) + b"\x80" + data) for number, at, data in packets
    )
    return element(0x1F43B675, element(0xE7, struct.pack(">Q", time)) + b"".join(blocks))


def matroska(*content: bytes, tracks: bytes = b"", tick_ns: int = 1_000_000) -> bytes:
    info = element(0x1549A966, element(0x2AD7B1, struct.pack(">Q", tick_ns)))
    head = element(0x1A45DFA3, element(0x4282, b"matroska"))
    return head + element(0x18538067, info + element(0x1654AE6B, tracks or track(1)) + b"".join(content))


def second(time: int = 0) -> bytes:
    """Return a cluster with a second of sound."""
    return cluster(time, *((1, at * 20, SILENCE) for at in range(50)))


def box(kind: bytes, body: bytes) -> bytes:
    """Return a box of an MP4 file."""
    return struct.pack(">I4s", len(body) + 8, kind) + body


def in_box(content: bytes, kind: bytes, skipped: int, values: bytes) -> bytes:
    """Return an MP4 file in which the values after `skipped` bytes of the first box of a kind are others."""
    place = content.index(kind) + 4 + skipped
    return content[:place] + values + content[place + len(values) :]


def recorded(folder: Path, name: str, **options: object) -> bytes:
    return record(folder / name, name, 2.0, **options).read_bytes()  # type: ignore[arg-type]


def cover_bomb(folder: Path) -> bytes:
    """Return a sound file with a cover of 30,000 by 30,000 pixels in a few kilobytes."""
    side = 30_000
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(side + 1)) for _ in range(side)) + packer.flush()
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    cover = box(b"ilst", box(b"covr", box(b"data", struct.pack(">II", 14, 0) + png)))
    meta = box(b"meta", bytes(4) + box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9)) + cover)
    sound = recorded(folder, "memo.m4a")
    place = sound.rindex(b"moov") - 4
    (size,) = struct.unpack_from(">I", sound, place)
    return sound[:place] + box(b"moov", sound[place + 8 : place + size] + box(b"udta", meta)) + sound[place + size :]


def changing_sizes(folder: Path) -> bytes:
    """Return a film whose pictures become larger, smaller, and upright in its middle."""
    pictures = []
    for width, height in [(64, 48), (640, 480), (320, 240), (48, 640), (1280, 720)]:
        encoder = av.CodecContext.create("libvpx", "w")
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
        encoder.time_base, encoder.framerate = Fraction(1, 10), Fraction(10)
        frame = av.VideoFrame.from_ndarray(np.full((height * 3 // 2, width), 90, np.uint8), format="yuv420p")
        frame.pts, frame.time_base = 0, Fraction(1, 10)
        pictures += [bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None))]
    with av.open(str(folder / "changing.webm"), "w", format="webm") as out:
        stream = out.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number, picture in enumerate(pictures * 4):
            packet = av.Packet(picture)
            packet.stream, packet.time_base, packet.duration = stream, Fraction(1, 10), 1
            packet.pts = packet.dts = number
            packet.is_keyframe = True
            out.mux(packet)
    return (folder / "changing.webm").read_bytes()


def deep_tags(_folder: Path) -> bytes:
    tag = element(0x45A3, b"n")
    for _level in range(10_000):
        tag = element(0x67C8, tag)
    return matroska(element(0x1254C367, element(0x7373, tag)), second())


def deep_boxes(_folder: Path) -> bytes:
    inner = b""
    for level in range(20_000):
        inner = box((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta")[level % 6], inner)
    return box(b"ftyp", b"isom\0\0\2\0isomiso2") + inner


def many_fragments(folder: Path) -> bytes:
    film = recorded(folder, "h264.mp4")
    place = film.index(b"moof") - 4
    (size,) = struct.unpack_from(">I", film, place)
    return film + (film[place : place + size] + box(b"mdat", b"")) * 3000


def wave(rate: int, channels: int, seconds: int = 1) -> bytes:
    frame = 2 * channels
    sound = bytes(min(rate * frame * seconds, 2_000_000))
    form = struct.pack("<HHIIHH", 1, channels, rate, min(rate * frame, 0xFFFFFFFF), frame & 0xFFFF, 16)
    content = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", len(content)) + content


STRANGE: dict[str, tuple[Callable[[Path], bytes], Refusal | int | None]] = {
    "cover bomb.m4a": (cover_bomb, 2000),
    "thirty subtitle tracks.mkv": (
        lambda _: matroska(second(), tracks=track(1) + b"".join(track(n, 17, b"S_TEXT/UTF8") for n in range(2, 32))),
        Refusal.TOO_MANY_STREAMS,
    ),
    "subtitles by the thousand.mkv": (
        lambda _: matroska(
            *(cluster(at * 1000, (1, 0, SILENCE), *((2, n, b"w") for n in range(900))) for at in range(20)),
            tracks=track(1) + track(2, 17, b"S_TEXT/UTF8"),
        ),
        None,
    ),
    "attachments.mkv": (
        lambda _: matroska(
            element(0x1941A469, b"".join(
                element(0x61A7, element(0x466E, b"%d.ttf" % n) + element(0x4660, b"font/ttf")
                        + element(0x46AE, struct.pack(">I", n + 1)) + element(0x465C, b"x" * 2000))
                for n in range(3000)
            )),
            second(),
        ),
        Refusal.TOO_MANY_STREAMS,
    ),
    "tags in tags.mkv": (deep_tags, None),
    "boxes in boxes.mp4": (deep_boxes, Refusal.EMPTY),
    "one packet without duration.webm": (lambda _: matroska(cluster(0, (1, 0, SILENCE))), None),
    "a packet after 146 million years.webm": (lambda _: matroska(second(), second(2**62)), None),
    "forth and back.webm": (lambda _: matroska(*(second(2**40 * (n % 2)) for n in range(800))), Refusal.TOO_LONG),
    "a tick of a nanosecond.webm": (lambda _: matroska(*(second(n) for n in range(60)), tick_ns=1), None),
    "a tick of a century.webm": (lambda _: matroska(second(), tick_ns=2**62), Refusal.DAMAGED),
    "two pixels.webm": (lambda folder: recorded(folder, "vp8.webm", size=(2, 2)), 2000),
    "a matrix of zeros.mp4": (lambda folder: in_box(recorded(folder, "phone.mp4"), b"tkhd", 40, bytes(36)), 2000),
    "an edit before the beginning.mp4": (
        lambda folder: in_box(recorded(folder, "phone.mp4"), b"elst", 8, struct.pack(">Ii", 0xFFFFFFFF, -0x7FFFFFFF)),
        2000,
    ),
    "changing sizes.webm": (changing_sizes, 2000),
    "four billion samples.m4a": (
        lambda folder: in_box(
            in_box(recorded(folder, "memo.m4a"), b"stts", 4, struct.pack(">III", 1, 0xFFFFFFFF, 1)),
            b"stsz", 4, struct.pack(">II", 1, 0xFFFFFFF0),
        ),
        None,
    ),
    "three thousand fragments.mp4": (many_fragments, Refusal.TOO_COSTLY),
    "four billion samples a second.wav": (lambda _: wave(0xFFFFFFFF, 1), Refusal.DAMAGED),
    "one sample a second.wav": (lambda _: wave(1, 1, 20_000), Refusal.CODEC),
    "many channels.wav": (lambda _: wave(48_000, 30_000), Refusal.CODEC),
}  # fmt: skip
"""Each file with its right verdict: a refusal, its length in milliseconds, or None for some part of it."""


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_file_costs_little_and_gets_an_honest_verdict(tmp_path: Path, name: str) -> None:
    make, right = STRANGE[name]
    source = tmp_path / "source"
    source.mkdir()
    path = source / name
    path.write_bytes(make(source))
    prepared = verdict(tmp_path, path)
    if isinstance(right, Refusal) or isinstance(prepared, Refusal):
        assert prepared == right
        return
    lasts = sum(part.duration_ms for part in prepared.parts)
    assert lasts <= BUDGET.duration_seconds * 1000
    assert right is None or abs(lasts - right) < 200
    made = sum(each.stat().st_size for each in (tmp_path / "made").iterdir())
    assert made < 3 * path.stat().st_size + 5_000_000, "the cover or the attachments are not copied, nor unpacked"


def verdict(tmp_path: Path, path: Path) -> PreparedMedia | Refusal:
    """Prepare a file as the worker does. Return what was made of it, or the reason for refusing it."""
    try:
        return prepare(tmp_path, path, limits=BUDGET)
    except NeedsEncodingError:
        return prepare(tmp_path, path, limits=BUDGET, way=Preparation.ENCODE)
    except MediaRefusedError as refusal:
        return refusal.code

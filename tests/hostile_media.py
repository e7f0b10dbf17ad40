"""Malicious and damaged files, made from valid recordings."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av


def scripts(victim: Path) -> dict[str, bytes]:
    """Return texts and archives that some programs accept as media.

    If their format allows it, they refer to the file `victim`.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("answer.webm", victim.read_bytes()[:100])
    return {
        "ffconcat": f"ffconcat version 1.0\nfile {victim.name}\n".encode(),
        "playlist": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{victim}\n#EXT-X-ENDLIST\n".encode(),
        "picture": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{victim}"/></svg>'.encode(),
        "session description": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\nc=IN IP4 127.0.0.1\n",
        "archive": archive.getvalue(),
        "text": b"This is what I would have said.\n" * 20,
        "photograph": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200),
        "noise": bytes((i * 197 + 13) % 256 for i in range(5000)),
        "zeros": bytes(5000),
    }


def claim_size(webm: bytes, width: int, height: int) -> bytes:
    """Return a WebM file with wrong dimensions (at most 65,535) in its header."""
    for element, value in ((b"\xb0\x82", width), (b"\xba\x82", height)):  # PixelWidth, PixelHeight: two bytes each
        place = webm.index(element, webm.index(b"\x16\x54\xae\x6b")) + 2
        webm = webm[:place] + struct.pack(">H", value) + webm[place + 2 :]
    return webm


def refer_outside(mp4: bytes, target: Path) -> bytes:
    """Return an MP4 file whose sound is in another file, named by a Macintosh alias with an absolute path.

    The index of `mp4` must be at its end.
    """
    path = str(target).encode()
    path += b"\x00" * (len(path) % 2)
    alias = bytes(10) + bytes(1 + 27) + bytes(12) + bytes(1 + 63) + bytes(16) + struct.pack(">HH", 0, 0) + bytes(16)
    alias += struct.pack(">HH", 2, len(path)) + path + struct.pack(">hH", -1, 0)
    entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + alias
    reference = struct.pack(">II", 0, 1) + entry
    return _edit(mp4, [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"], lambda _: reference)


def _edit(boxes: bytes, path: list[bytes], change: Callable[[bytes], bytes]) -> bytes:
    """Return MP4 boxes with a changed body in every box at `path`. Sizes of boxes are corrected; offsets in them are
    not.
    """
    made, place = b"", 0
    while place + 8 <= len(boxes):
        size, kind = struct.unpack_from(">I4s", boxes, place)
        body = boxes[place + 8 : place + size]
        if kind == path[0]:
            body = _edit(body, path[1:], change) if path[1:] else change(body)
        made += struct.pack(">I4s", len(body) + 8, kind) + body
        place += size
    return made


def claim_picture(webm: bytes, width: int, height: int) -> bytes:
    """Return a VP8 WebM file whose key frames are larger (at most 16,383 pixels) than its header says."""
    place = webm.find(b"\x9d\x01\x2a")
    while place >= 0:
        webm = webm[: place + 3] + struct.pack("<HH", width, height) + webm[place + 7 :]
        place = webm.find(b"\x9d\x01\x2a", place + 7)
    return webm


def many_packets(path: Path, count: int, *, every_ms: int = 0) -> Path:
    """Write a WebM file with `count` sound packets, `every_ms` milliseconds apart (0: all at the same time)."""
    with av.open(str(path), "w", format="webm", options={"live": "1"}) as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono")
        for number in range(count):
            packet = av.Packet(b"\x19")
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = number * every_ms
            packet.duration = every_ms
            out.mux(packet)
    return path


def compressed_sound(path: Path, seconds: int) -> Path:
    """Write a Matroska file of silent PCM sound in zlib-compressed blocks. It is a thousandth of the size of its sound."""
    track = element(0xAE, element(0xD7, b"\1") + element(0x73C5, b"\1") + element(0x83, b"\2")
        + element(0x86, b"A_PCM/INT/LIT")
        + element(0xE1, element(0xB5, struct.pack(">d", 48_000.0)) + element(0x9F, b"\2") + element(0x6264, b"\x10"))
        + element(0x6D80, element(0x6240, element(0x5031, b"\0") + element(0x5032, b"\1") + element(0x5033, b"\0")
            + element(0x5034, element(0x4254, b"\0"))))
    )  # fmt: skip
    header = element(0x1A45DFA3, element(0x4282, b"matroska"))
    block = zlib.compress(bytes(48_000 * 4))
    clusters = b"".join(
        element(0x1F43B675, element(0xE7, struct.pack(">I", second * 1000)) + element(0xA3, b"\x81\0\0\x80" + block))
        for second in range(seconds)
    )
    info = element(0x1549A966, element(0x2AD7B1, struct.pack(">I", 1_000_000)))
    path.write_bytes(header + element(0x18538067, info + element(0x1654AE6B, track) + clusters))
    return path


def element(number: int, content: bytes) -> bytes:
    """Return an EBML element (RFC 8794) with its size in eight bytes."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big") + struct.pack(">Q", len(content) | 1 << 56) + content

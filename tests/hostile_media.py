"""Files that mean harm, and files that met with harm, made from honest recordings."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path


def scripts(victim: Path) -> dict[str, bytes]:
    """Return texts and archives that some program takes for media, each naming another file where it can."""
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
    """Return a WebM whose header claims other dimensions (at most 65,535) than its pictures have."""
    for element, value in ((b"\xb0\x82", width), (b"\xba\x82", height)):  # PixelWidth, PixelHeight: two bytes each
        place = webm.index(element, webm.index(b"\x16\x54\xae\x6b")) + 2
        webm = webm[:place] + struct.pack(">H", value) + webm[place + 2 :]
    return webm


def refer_outside(mp4: bytes, target: Path) -> bytes:
    """Return an MP4 (index last) whose sound is said to lie in another file: a Macintosh alias with an absolute path."""
    path = str(target).encode()
    path += b"\x00" * (len(path) % 2)
    alias = bytes(10) + bytes(1 + 27) + bytes(12) + bytes(1 + 63) + bytes(16) + struct.pack(">HH", 0, 0) + bytes(16)
    alias += struct.pack(">HH", 2, len(path)) + path + struct.pack(">hH", -1, 0)
    entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + alias
    reference = struct.pack(">II", 0, 1) + entry
    return _edit(mp4, [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"], lambda _: reference)


def _edit(boxes: bytes, path: list[bytes], change: Callable[[bytes], bytes]) -> bytes:
    """Return MP4 boxes with the body of every box at `path` changed, sizes put right. Offsets are not."""
    made, place = b"", 0
    while place + 8 <= len(boxes):
        size, kind = struct.unpack_from(">I4s", boxes, place)
        body = boxes[place + 8 : place + size]
        if kind == path[0]:
            body = _edit(body, path[1:], change) if path[1:] else change(body)
        made += struct.pack(">I4s", len(body) + 8, kind) + body
        place += size
    return made

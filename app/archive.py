"""Stream a ZIP archive while it is created. Only one piece of it is in memory at a time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

MADE = (2000, 1, 1, 0, 0, 0)
"""The same fixed time for every entry. Where the real time matters, the content states it."""


class _Pipe(io.RawIOBase):
    """The output stream of ZipFile. It cannot seek, so sizes follow each entry (APPNOTE 4.3.9)."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        """Return the bytes of the archive that were written since the last call."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def stream_zip(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """Yield an archive of (name, pieces of content). It is not compressed, because media would not become smaller."""
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_STORED) as archive:  # type: ignore[type-var]
        for name, pieces in files:
            with archive.open(ZipInfo(name, MADE), "w", force_zip64=True) as entry:
                for piece in pieces:
                    entry.write(piece)
                    yield pipe.take()
            yield pipe.take()
    yield pipe.take()

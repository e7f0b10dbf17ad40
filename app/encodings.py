"""Compression of text for slow connections: Brotli if the browser accepts it, otherwise gzip."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from enum import StrEnum

import brotli
from werkzeug.datastructures import Accept

PAGE_QUALITY = 5
"""Brotli quality of pages, which are compressed for each request: smaller than gzip at 9, in less time."""
FILE_QUALITY = 11
"""Brotli quality of files, which are compressed once."""


class Encoding(StrEnum):
    """The encodings offered, as `Content-Encoding` names them, the preferred one first."""

    BROTLI = "br"
    GZIP = "gzip"


COMPRESS: Mapping[Encoding, Callable[[bytes, int], bytes]] = {
    Encoding.BROTLI: lambda body, quality: brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality),
    Encoding.GZIP: lambda body, _quality: gzip.compress(body, 9, mtime=0),
}


def best_encoding(accepted: Accept) -> Encoding | None:
    """Return the encoding for the response, by the request's Accept-Encoding. None if the browser accepts neither."""
    return next((each for each in Encoding if accepted[each] > 0), None)


def compress_page(body: bytes, encoding: Encoding) -> bytes:
    """Compress a page, which is sent once."""
    return COMPRESS[encoding](body, PAGE_QUALITY)


def compress_file(body: bytes, encoding: Encoding) -> bytes:
    """Compress a file, which is sent many times, to the smallest size."""
    return COMPRESS[encoding](body, FILE_QUALITY)

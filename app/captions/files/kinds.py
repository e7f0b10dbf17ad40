"""Identify files that are not caption files: pictures, documents, archives, recordings, unsupported caption formats.

No I/O. Each kind of file has an internal name, such as "picture"; `file_wording` has the message for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

EXAMINED_BYTES = 4096
"""Number of bytes or characters that are examined, from the start of the file."""
ZIP_KINDS = ((b"word/", "word"), (b"xl/", "spreadsheet"), (b"ppt/", "slides"), (b"opendocument.text", "word"),
             (b"opendocument.spreadsheet", "spreadsheet"), (b"opendocument.presentation", "slides"))  # fmt: skip
SIGNATURES: Sequence[tuple[int, bytes, str]] = (
    (0, b"\x89PNG\r\n\x1a\n", "picture"),
    (0, b"\xff\xd8\xff", "picture"),
    (0, b"GIF8", "picture"),
    (0, b"BM", "picture"),
    (0, b"II*\0", "picture"),
    (0, b"MM\0*", "picture"),
    (0, b"\0\0\1\0", "picture"),
    (8, b"WEBP", "picture"),
    (4, b"ftypheic", "picture"),
    (4, b"ftypheif", "picture"),
    (4, b"ftypmif1", "picture"),
    (4, b"ftypavif", "picture"),
    (0, b"8BPS", "picture"),
    (0, b"%PDF-", "pdf"),
    (0, b"%!PS", "pdf"),
    (0, b"{\\rtf", "word"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "word"),
    (0, b"PK\x03\x04", "archive"),
    (0, b"PK\x05\x06", "archive"),
    (0, b"\x1f\x8b", "archive"),
    (0, b"BZh", "archive"),
    (0, b"\xfd7zXZ\0", "archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "archive"),
    (0, b"Rar!\x1a\x07", "archive"),
    (0, b"\x28\xb5\x2f\xfd", "archive"),
    (257, b"ustar", "archive"),
    (0, b"\x1aE\xdf\xa3", "recording"),
    (4, b"ftyp", "recording"),
    (0, b"OggS", "recording"),
    (0, b"ID3", "recording"),
    (0, b"\xff\xfb", "recording"),
    (0, b"\xff\xf1", "recording"),
    (0, b"fLaC", "recording"),
    (0, b"caff", "recording"),
    (0, b"#!AMR", "recording"),
    (0, b"\0\0\1\xba", "recording"),
    (0, b"FORM", "recording"),
    (8, b"WAVE", "recording"),
    (8, b"AVI ", "recording"),
    (0, b"MZ", "program"),
    (0, b"\x7fELF", "program"),
    (0, b"SQLite format 3\0", "program"),
    (0, b"wOF", "program"),
)
BINARY_AFTER_SHORT = (b"BM", b"MZ", b"BZh", b"FORM", b"ID3", b"caff", b"wOF", b"GIF8")
"""Signatures with which a text may also begin. They count only if the file contains bytes that never occur in text."""
TEXT_KINDS: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"\s*<\?xml[^>]*>\s*(?:<!--.*?-->\s*)?<(?:\w+:)?tt[\s>]|\s*<(?:\w+:)?tt[\s>]", "TTML"),
        (r"\s*<sami>", "SAMI"),
        (r"\s*<!doctype html|\s*<html[\s>]|\s*<(?:head|body|script)[\s>]", "web page"),
        (r"\s*<svg[\s>]|\s*<\?xml[^>]*>\s*(?:<![^>]*>\s*)*<svg", "picture"),
        (r"\s*<\?xml|\s*<!doctype", "XML"),
        (r"\s*\[script info\]", "SubStation Alpha"),
        (r"\s*scenarist_scc", "SCC"),
        (r"\s*\{\d+\}\{\d+\}", "MicroDVD"),
        (r"\s*(?:\[[a-z]+:[^\]]*\]\s*)*\[\d+:\d\d[.:]\d+\]", "LRC"),
        (r"\s*# vobsub index", "VobSub"),
        (r"\s*(?:\{\s*\"[^\"\n]{0,100}\"\s*:|\[\s*[\[{\"])", "JSON"),
        (r"begin:v(?:calendar|card)", "calendar"),
        (r"\s*-----begin ", "key"),
    )
)


def kind_of_bytes(content: bytes) -> str | None:
    """Return the kind of a file from its first bytes, or None if it may be text."""
    if content.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in ZIP_KINDS if mark in content), "archive")
    for place, mark, kind in SIGNATURES:
        if content[place : place + len(mark)] == mark and (mark not in BINARY_AFTER_SHORT or _is_binary(content)):
            return kind
    return None


def kind_of_text(text: str) -> str | None:
    """Return the format of a text that is recognisably neither captions nor plain text, otherwise None."""
    beginning = text[:EXAMINED_BYTES].removeprefix("\ufeff")
    return next((kind for pattern, kind in TEXT_KINDS if pattern.match(beginning)), None)


def _is_binary(content: bytes) -> bool:
    return any(byte in content[:EXAMINED_BYTES] for byte in (*range(8), *range(14, 27), 0x7F))

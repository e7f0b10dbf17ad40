"""Detect the text encoding of a file, or list the possible encodings if a person must choose. No I/O."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"), (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"))  # fmt: skip
DOUBLE_UTF_8 = "utf-8-twice"
"""UTF-8 that a program read as Windows-1252 and saved as UTF-8 again: "CafÃ©"."""
GUESSES: Mapping[str, Sequence[str]] = {
    "cp1252": ("ca", "da", "de", "en", "es", "eu", "fi", "fr", "ga", "id", "is", "it", "nb", "nl", "nn", "no", "pt", "sv", "cy"),
    "cp1250": ("bs", "cs", "hr", "hu", "pl", "ro", "sk", "sl", "sq"),
    "cp1251": ("be", "bg", "kk", "mk", "ru", "sr", "uk"),
    "koi8-r": ("ru",),
    "cp1253": ("el",),
    "cp1254": ("tr", "az"),
    "cp1255": ("he", "yi"),
    "cp1256": ("ar", "fa", "ur"),
    "cp1257": ("et", "lt", "lv"),
    "cp1258": ("vi",),
    "cp874": ("th",),
    "cp932": ("ja",),
    "euc-jp": ("ja",),
    "gb18030": ("zh",),
    "big5": ("zh",),
    "cp949": ("ko",),
    "mac-roman": (),
}  # fmt: skip
"""Encodings older than Unicode, in the order they are tried, and the languages (ISO 639-1) often written in them."""
SAMPLE_CHARACTERS = 40
_ASCII = frozenset(map(chr, range(0x80)))
_BYTE_OF = {
    **{chr(byte): byte for byte in range(0x100)},
    **{bytes([byte]).decode("cp1252"): byte for byte in range(0x100) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)},
}
"""The byte for each character of Windows-1252. Bytes that Windows-1252 does not define are read as Latin-1."""
_CONTROLS = dict.fromkeys((*range(10), *range(14, 32), *range(127, 160)), " ")
STRANGE_CHARACTERS = 3
"""Number of control characters allowed in any text. Long texts may have one in 1,000 characters."""
LOST_LETTER = "\ufffd"


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The text of a file, the encoding used to read it, and all encodings that fit."""

    text: str
    encoding: str
    choices: Sequence[str]


def decode(content: bytes, *, language: str = "en", encoding: str = "") -> DecodedText | None:
    """Decode a file. Returns None if no encoding fits its bytes, or if the chosen `encoding` does not fit them.

    A byte order mark decides the encoding and is not part of the text. Otherwise, bytes that are valid UTF-8 are read
    as UTF-8, unless they were encoded twice. For other bytes, all encodings that fit are listed, those of `language`
    (BCP 47) first.
    """
    for mark, name in BOMS:
        if content.startswith(mark):
            text = _decoded(content[len(mark) :], name)
            return None if text is None else DecodedText(text, name, (name,))
    fits = _fitting(content, language)
    chosen = encoding or next(iter(fits), "")
    text = _decoded(content, chosen) if chosen in fits else None
    return None if text is None else DecodedText(text, chosen, tuple(fits))


def sample(content: bytes, encoding: str) -> str:
    """Return the start of the first line with non-ASCII characters, so that people can compare encodings."""
    lines = ((_decoded(content, encoding) or "").translate(_CONTROLS)).splitlines()
    read = next((line.strip()[:SAMPLE_CHARACTERS] for line in lines if not line.isascii() and "-->" not in line), "")
    return unicodedata.normalize("NFC", read)  # Windows-1258 stores accents separately


def is_text(text: str) -> bool:
    """Return whether a text has almost no control characters. Line ends, tabs and similar characters are not counted."""
    strange = sum(text.count(chr(code)) for code in (*range(0x08), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F))
    return strange <= max(STRANGE_CHARACTERS, len(text) // 1000)


def damaged_lines(text: str) -> list[int]:
    """Return the line numbers (from 1) with replacement characters: letters that were lost before the upload."""
    return [number for number, line in enumerate(text.split("\n"), start=1) if LOST_LETTER in line]


def is_damaged(text: str) -> bool:
    """Return whether more than one letter in 50 was lost, so that the text cannot be used."""
    return text.count(LOST_LETTER) * 50 > sum(map(str.isalpha, text))


def _fitting(content: bytes, language: str) -> list[str]:
    """Return the encodings in which these bytes are plausible text, most likely first."""
    wide = _wide(content)
    if wide:
        return [wide]
    if _decoded(content, "utf-8") is not None:
        return [DOUBLE_UTF_8, "utf-8"] if _decoded(content, DOUBLE_UTF_8) is not None else ["utf-8"]
    if b"\0" in content:
        return []
    code = language.lower().split("-")[0]
    likely = sorted(GUESSES, key=lambda name: code not in GUESSES[name])
    seen: dict[str, str] = {}
    for name in likely:
        text = _decoded(content, name)
        if text is not None and _is_plausible(text) and text not in seen:
            seen[text] = name
    return list(seen.values())


def _wide(content: bytes) -> str:
    """Return the UTF-16 encoding of bytes without a byte order mark, or an empty string for other encodings.

    In UTF-16, every second byte is 0 for most Western characters.
    """
    even, odd = content[0::2].count(0), content[1::2].count(0)
    half = len(content) // 2
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.4 and odd < half * 0.05 else ""


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return _decoded_twice(content) if encoding == DOUBLE_UTF_8 else content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decoded_twice(content: bytes) -> str | None:
    once = content.decode("utf-8")
    if once.isascii() or not set(once) <= _BYTE_OF.keys():
        return None
    return bytes(map(_BYTE_OF.__getitem__, once)).decode("utf-8")


def _is_plausible(text: str) -> bool:
    """Return whether the non-ASCII characters of a text exclude control, private and unassigned characters."""
    return not any(unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs") for character in set(text) - _ASCII)

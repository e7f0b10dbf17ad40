"""Scripts that are written without spaces between words, and characters that are twice as wide as letters. No I/O."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

SPACELESS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x9FFF),  # Han, kana
    (0xF900, 0xFAFF),
    (0xFF00, 0xFF9F),
    (0x20000, 0x3FFFF),
)


def joined(texts: Sequence[str]) -> str:
    """Join words with spaces, except in scripts that are written without spaces."""
    line = ""
    for text in texts:
        line += (" " if line and needs_space(line, text) else "") + text
    return line


def needs_space(before: str, after: str) -> bool:
    """Return whether two words need a space between them. Scripts such as Chinese, Japanese and Thai use none."""
    return not (is_spaceless(before[-1]) and is_spaceless(after[0]))


def is_spaceless(character: str) -> bool:
    """Return whether a character belongs to a script that is written without spaces between words."""
    point = ord(character)
    return any(low <= point <= high for low, high in SPACELESS)


def is_wide(character: str) -> bool:
    """Return whether a character is about twice as wide as a letter: Chinese, Japanese, Korean or full-width."""
    return character >= "\u1100" and unicodedata.east_asian_width(character) in "WF"

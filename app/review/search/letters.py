"""Which characters make up a word, and which of them count when words are compared. No I/O.

Words follow Unicode's default word boundaries (UAX #29): a word begins with a letter or a digit and includes the marks
and invisible characters that follow. Search differs from these rules in three places, to find more. A full stop, a
colon or an underscore between letters separates two words ("end.Next", "example.com"). A full stop or a comma between
digits separates two numbers. In scripts written without spaces, each letter with its marks is a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LAST_SCRIPT = 0x1F000
"""Code points from here on contain no marks and invisible characters except VARIATIONS."""
VARIATIONS = range(0xE0100, 0xE01F0)
ZERO_WIDTH_SPACE = "\u200b"
"""The zero-width space, where a line may break between words (Khmer, Thai). The only invisible character that ends a
word.
"""
HALF_WIDTH_VOICING = "\uff9e\uff9f"
"""Half-width voicing marks, which Unicode treats as letters that extend the previous letter."""


def _is_extender(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "M" or (category == "Cf" and character != ZERO_WIDTH_SPACE) or character in HALF_WIDTH_VOICING


def _as_ranges(characters: Iterable[str]) -> str:
    """Return characters, given in order, as the ranges of a regular expression's character class."""
    ranges: list[list[str]] = []
    for each in characters:
        if ranges and ord(each) == ord(ranges[-1][1]) + 1:
            ranges[-1][1] = each
        else:
            ranges.append([each, each])
    return "".join(rf"\U{ord(first):08x}-\U{ord(last):08x}" for first, last in ranges)


EXTENDERS = _as_ranges(filter(_is_extender, map(chr, (*range(0x80, LAST_SCRIPT), *VARIATIONS))))
"""Characters that belong to the word of the letter before them: marks, joiners, soft hyphens and direction marks."""
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
"""Scripts written without spaces (Thai to Han). Each letter counts as a word, so a typed word is searched as a phrase.
"""
_HEBREW = "\u05d0-\u05ea"
_INNER = rf"['’‘＇·\u0387‧՚׳״]|(?<=[{_HEBREW}])\"(?=[{_HEBREW}])"
"""Characters allowed inside a word between two letters: apostrophes, the Catalan point, Hebrew abbreviation marks."""
_LETTER = rf"(?:(?![{UNSPACED}_])\w)"
_RUN = rf"{_LETTER}(?:{_LETTER}|[{EXTENDERS}])*"
WORD = re.compile(rf"(?=\w)[{UNSPACED}][{EXTENDERS}]*|{_RUN}(?:(?:{_INNER}){_RUN})*")
ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z0-9]+)*")
"""Equivalent to WORD for ASCII text, in a third of the time."""
HEBREW_ABBREVIATION = re.compile(rf"(?<=[{_HEBREW}])[\"”“″](?=[{_HEBREW}])")
"""A quotation mark typed instead of the Hebrew abbreviation mark (gershayim)."""

_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
"""Hebrew vowel points and cantillation marks."""
_HARAKAT = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08ca-\u08ff]"
)
"""Arabic vowel signs and Quranic marks, and the hamza and madda that NFKD separates from their letters."""
_VARIATION = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
UNWRITTEN = re.compile("|".join(each.pattern for each in (_ACCENTS, _POINTS, _HARAKAT, _VARIATION)))
"""Marks that some people write and others leave out.

Vowel signs of Indian and South-East Asian scripts always count.
"""
SAME_LETTER = {
    **str.maketrans("ıىیکٱ", "iييكا"),
    **str.maketrans("ךםןףץ", "כמנפצ"),
    **str.maketrans("", "", "ـߺʼʻʹʾʿ"),
    **str.maketrans("", "", "\u093c"),
    **str.maketrans("\u0901", "\u0902"),
    **{ord(atom): f"{letter}\u0d4d" for atom, letter in zip("ൺൻർൽൾൿ", "ണനരലളക", strict=True)},
    0x09CE: "\u09a4\u09cd",
}
"""Letters treated as equal.

In order: the Turkish dotless i, and Persian and other forms of Arabic letters; Hebrew final forms; the Arabic and N'Ko
stroke that only lengthens a word, and letters used as apostrophes; the Hindi dot below and candrabindu, which many
people leave out; Malayalam and Bengali letters that used to be written with a joiner.
"""


def is_written(character: str) -> bool:
    """Return whether a folded word may contain this character: a letter, a digit or a mark."""
    return character.isalnum() or unicodedata.category(character)[0] == "M"

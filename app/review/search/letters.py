"""Which characters make up a word, and which of them count when words are compared. Pure.

Words are what Unicode says they are (UAX #29, default word boundaries): a word begins with a letter or a digit, and the
marks and invisible characters that follow belong to it. Search departs from it in three places, so that more is found:
a full stop, a colon or an underline between letters parts two words ("end.Next", "example.com"); a point or a comma
between digits parts two numbers; and in scripts written without spaces each letter, with its marks, is a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LAST_SCRIPT = 0x1F000
"""No mark or invisible character of a script lies beyond it, but for VARIATIONS."""
VARIATIONS = range(0xE0100, 0xE01F0)
ZERO_WIDTH_SPACE = "\u200b"
"""Where a line may break between two words (Khmer, Thai): the only invisible character that ends a word."""
HALF_WIDTH_VOICING = "\uff9e\uff9f"
"""To Unicode these are letters that extend the one before them."""


def _is_extender(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "M" or (category == "Cf" and character != ZERO_WIDTH_SPACE) or character in HALF_WIDTH_VOICING


def _as_ranges(characters: Iterable[str]) -> str:
    """Return characters, which come in order, as the inside of a character class."""
    ranges: list[list[str]] = []
    for each in characters:
        if ranges and ord(each) == ord(ranges[-1][1]) + 1:
            ranges[-1][1] = each
        else:
            ranges.append([each, each])
    return "".join(rf"\U{ord(first):08x}-\U{ord(last):08x}" for first, last in ranges)


EXTENDERS = _as_ranges(filter(_is_extender, map(chr, (*range(0x80, LAST_SCRIPT), *VARIATIONS))))
"""Marks, joiners, soft hyphens and signs of direction: what follows a letter and belongs to its word."""
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
"""Scripts written without spaces (Thai to Han): each of their letters is a word, and a word of theirs a phrase."""
_HEBREW = "\u05d0-\u05ea"
_INNER = rf"['’‘＇·\u0387‧՚׳״]|(?<=[{_HEBREW}])\"(?=[{_HEBREW}])"
"""What stands inside a word between two letters: apostrophes, the Catalan point, the marks of Hebrew abbreviations."""
_LETTER = rf"(?:(?![{UNSPACED}_])\w)"
_RUN = rf"{_LETTER}(?:{_LETTER}|[{EXTENDERS}])*"
WORD = re.compile(rf"(?=\w)[{UNSPACED}][{EXTENDERS}]*|{_RUN}(?:(?:{_INNER}){_RUN})*")
ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z0-9]+)*")
"""What WORD finds in ASCII, in a third of the time."""
HEBREW_ABBREVIATION = re.compile(rf"(?<=[{_HEBREW}])[\"”“″](?=[{_HEBREW}])")
"""A quotation mark typed for a gershayim."""

_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
"""Hebrew vowels and cantillation."""
_HARAKAT = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08ca-\u08ff]"
)
"""Arabic vowels and signs of the Quran, and the hamza and madda that NFKD takes off their letters."""
_VARIATION = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
UNWRITTEN = re.compile("|".join(each.pattern for each in (_ACCENTS, _POINTS, _HARAKAT, _VARIATION)))
"""Marks that some people write and others do not. The vowel signs of Indian and South-East Asian scripts always count."""
SAME_LETTER = {
    **str.maketrans("ıىیکٱ", "iييكا"),
    **str.maketrans("ךםןףץ", "כמנפצ"),
    **str.maketrans("", "", "ـߺʼʻʹʾʿ"),
    **str.maketrans("", "", "\u093c"),
    **str.maketrans("\u0901", "\u0902"),
    **{ord(atom): f"{letter}\u0d4d" for atom, letter in zip("ൺൻർൽൾൿ", "ണനരലളക", strict=True)},
    0x09CE: "\u09a4\u09cd",
}
"""Letters that stand for each other. In order: the dotless i of Turkish, Persian and other shapes of Arabic letters; final
forms of Hebrew; the Arabic and N'Ko stroke that only lengthens a word, and letters that are apostrophes; the dot below of
Hindi and its candrabindu, which many leave out; the Malayalam and Bengali letters that used to be written with a joiner.
"""


def is_written(character: str) -> bool:
    """Whether a folded word can hold this character: a letter, a digit or a mark."""
    return character.isalnum() or unicodedata.category(character)[0] == "M"

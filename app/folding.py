"""Text folding for search and for order: letter case and different encodings of one letter are made equal. Pure."""

from __future__ import annotations

import unicodedata

PLAIN_LETTERS = str.maketrans({
    "æ": "ae", "ð": "d", "ø": "o", "þ": "th", "đ": "d", "ħ": "h", "ı": "i", "ł": "l", "œ": "oe", "ŧ": "t",
})  # fmt: skip
"""Letters of Latin alphabets that Unicode does not take apart."""


def fold(text: str) -> str:
    """Return the text case-folded, in one normal form: equal for ÖMER, ömer, and an o with a combining diaeresis."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).casefold())


def sort_key(name: str) -> str:
    """Return what puts names into alphabetical order where characters are compared by their numbers, as both databases do.

    Case and accents count only between names that are equal without them: Ängsla, Anna, Ömer, Zoë.
    """
    folded = fold(name)
    taken_apart = unicodedata.normalize("NFKD", folded).translate(PLAIN_LETTERS)
    plain = "".join(letter for letter in taken_apart if not unicodedata.combining(letter))
    return f"{plain}\n{folded}"

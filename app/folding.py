"""Fold text for search and for sorting: letter case and different encodings of a letter do not matter."""

from __future__ import annotations

import unicodedata

PLAIN_LETTERS = str.maketrans({
    "æ": "ae", "ð": "d", "ø": "o", "þ": "th", "đ": "d", "ħ": "h", "ı": "i", "ł": "l", "œ": "oe", "ŧ": "t",
})  # fmt: skip
"""Latin letters that Unicode does not decompose."""


def fold(text: str) -> str:
    """Return the text case-folded and normalised: equal for ÖMER, ömer, and an o with a combining diaeresis."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).casefold())


def sort_key(name: str) -> str:
    """Return a key that sorts names alphabetically if characters are compared by their numbers, as both databases do.

    Case and accents decide only between names that are otherwise equal: Ängsla, Anna, Ömer, Zoë.
    """
    folded = fold(name)
    taken_apart = unicodedata.normalize("NFKD", folded).translate(PLAIN_LETTERS)
    plain = "".join(letter for letter in taken_apart if not unicodedata.combining(letter))
    return f"{plain}\n{folded}"

"""Names and words that are probably said, as people type them and as they are found in a question. Pure."""

from __future__ import annotations

import re
import unicodedata

MAX_TERMS, MAX_TERM_LENGTH = 30, 40
"""Limits for a list that a person types: the number of words or names, and the characters of each."""
MIN_NAME_LENGTH = 4
_SEPARATORS = re.compile(r"[,;،؛、，；\n\r]+")
_ALLOWED = set("'’.-&+/# ")


class UnusableTermError(ValueError):
    """A text contains something that is no word or name. The argument is the term."""


class TooManyTermsError(ValueError):
    """A text has more than MAX_TERMS words or names."""


def read_terms(typed: str) -> list[str]:
    """Return the words and names in a text, separated by commas or line breaks, each once.

    Raises TooManyTermsError, or UnusableTermError if one is too long or has signs that are not spoken.
    """
    found: dict[str, str] = {}
    for part in _SEPARATORS.split(unicodedata.normalize("NFC", typed)):
        term = " ".join(part.split())
        if not term:
            continue
        if len(term) > MAX_TERM_LENGTH or not any(map(str.isalnum, term)) or not all(map(_may_be_spoken, term)):
            raise UnusableTermError(term)
        found.setdefault(term.casefold(), term)
    if len(found) > MAX_TERMS:
        raise TooManyTermsError()
    return list(found.values())


def names_in(text: str) -> list[str]:
    """Return the words of a sentence that look like names: with a capital inside, or a capital not after a full stop."""
    found, begins = [], True
    for word in text.split():
        plain = word.strip(".,;:!?()\"'“”‘’«»¿¡…")
        is_name = plain[1:] != plain[1:].lower() or (plain[:1].isupper() and not begins)
        if (
            is_name
            and len(plain) >= MIN_NAME_LENGTH
            and len(plain) <= MAX_TERM_LENGTH
            and all(map(_may_be_spoken, plain))
        ):
            found.append(plain)
        begins = word[-1] in ".!?:…"
    return list(dict.fromkeys(found))


def _may_be_spoken(letter: str) -> bool:
    return letter in _ALLOWED or unicodedata.category(letter)[0] in "LMN"

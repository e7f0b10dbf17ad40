"""Split text into words for search: without case, accents, vowel points and apostrophes, and reduced to stems. No I/O.

No word is ignored; there is no list of stop words. Answers and queries are processed in the same way in Python, not in
the database. SQLite and PostgreSQL therefore find the same answers, and a snippet marks exactly the words that matched.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import snowballstemmer

from app.review.search.letters import ASCII_WORD, SAME_LETTER, UNWRITTEN, WORD, is_written

MAX_TOKEN_LENGTH = 64
"""Maximum number of characters of a word that are compared. No spoken word is longer."""
ALGORITHMS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
"""Snowball's stemmer for each language (ISO 639-1). In other languages, search compares whole words and prefixes."""

SHORT_I = "и\u0306"
"""The Russian short i, decomposed. It is a letter of its own and part of many endings, not an и with an accent."""
_stemmers = threading.local()


class Token(NamedTuple):
    """One folded word, with the range of characters from `start` to `end` in the text."""

    word: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a text in order. Any text is safe. A text without letters and digits yields nothing."""
    for found in _words_in(text):
        word = fold_word(found.group())
        if word:
            yield Token(word, found.start(), found.end())


def spans(text: str) -> list[tuple[int, int]]:
    """Return the start and end of each word of a text, in characters, for the same words as `tokens`."""
    return [found.span() for found in _words_in(text) if fold_word(found.group())]


def _words_in(text: str) -> Iterator[re.Match[str]]:
    return (ASCII_WORD if text.isascii() else WORD).finditer(text)


@lru_cache(maxsize=100_000)
def fold_word(word: str) -> str:
    """Return a word reduced to letters, digits and vowel signs, without case, accents and vowel points.

    Compatibility characters (wide forms, ligatures, presentation forms) become plain ones. Digits of all scripts become
    0 to 9.
    """
    plain = unicodedata.normalize("NFKD", word.casefold()).replace(SHORT_I, "й")
    plain = UNWRITTEN.sub("", plain).translate(SAME_LETTER)
    folded = unicodedata.normalize("NFC", plain).casefold()
    return "".join(_digit(letter) for letter in folded if is_written(letter))[:MAX_TOKEN_LENGTH]


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None) if letter > "9" else None
    return letter if value is None else str(value)


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """Return the stem of a folded word in a language (BCP 47): "boat" for "boats" and "boating"."""
    stemmer = _stemmer(language.lower().split("-")[0])
    return fold_word(stemmer.stemWord(word)) or word if stemmer else word


def _stemmer(code: str) -> Any:
    """Return the stemmer for a language, or None if there is none. Stemmers have state, so each thread has its own."""
    if code not in ALGORITHMS:
        return None
    made: dict[str, Any] = _stemmers.__dict__
    if code not in made:
        made[code] = snowballstemmer.stemmer(ALGORITHMS[code])
    return made[code]

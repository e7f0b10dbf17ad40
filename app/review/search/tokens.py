"""Words as search knows them: without case, accents, points and apostrophes, and by their stem. Pure.

No word is ignored: there is no list of stop words. Text and question go through the same three steps here and not in
the database, so that SQLite and PostgreSQL find the same, and so that what is marked in a snippet is what was matched.
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
"""Characters of a word that count; what is longer is no word that anyone says."""
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
"""Snowball's stemmers by ISO 639-1 code. A language without one is searched by whole words and prefixes."""

SHORT_I = "и\u0306"
"""A letter of its own in Russian, and half of many endings: not an и with an accent."""
_stemmers = threading.local()


class Token(NamedTuple):
    """One word of a text: folded, with the characters from `start` to `end` that it stands for."""

    word: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a text in order. Any text is safe; what holds no letter or digit yields nothing."""
    for found in _words_in(text):
        word = fold(found.group())
        if word:
            yield Token(word, found.start(), found.end())


def spans(text: str) -> list[tuple[int, int]]:
    """Return the first and the end character of each word of a text, as `tokens` has them."""
    return [found.span() for found in _words_in(text) if fold(found.group())]


def _words_in(text: str) -> Iterator[re.Match[str]]:
    return (ASCII_WORD if text.isascii() else WORD).finditer(text)


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """Return a word without case, accents, points and what else people leave out: letters, digits and vowel signs alone.

    Compatibility characters (wide, ligatures, presentation forms) are their plain ones, and digits of all scripts 0 to 9.
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
    """Return the stem of a folded word in a language (BCP 47): "boats" and "boating" are "boat"."""
    stemmer = _stemmer(language.lower().split("-")[0])
    return fold(stemmer.stemWord(word)) or word if stemmer else word


def _stemmer(code: str) -> Any:
    """Return this thread's stemmer (they hold state while they work), None for a language without one."""
    if code not in ALGORITHMS:
        return None
    made: dict[str, Any] = _stemmers.__dict__
    if code not in made:
        made[code] = snowballstemmer.stemmer(ALGORITHMS[code])
    return made[code]

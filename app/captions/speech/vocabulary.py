"""Words that the speech model is told to expect, and a check that it heard each of them. Pure.

The model is given the words as Whisper's hotwords. It then writes more of these words right, but it also makes them up
where nobody speaks, if noise gets past the voice filter (benchmarks/README.md has the figures). So a text with such a
word is compared with what the model writes without them, and is used only if something similar was heard there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher

MAX_TOKENS = 100
"""Limit on the model's tokens for all of them, so that its text has room behind them."""
MIN_LETTERS = 4
"""Shorter words, such as "the", are not checked."""
MIN_SIMILAR = 0.45
"""How similar the letters must be that are written with the words and without, from 0 to 1."""


def hotwords(terms: Iterable[str], count_tokens: Callable[[str], int]) -> str | None:
    """Return the text for the model: the first terms that have at most MAX_TOKENS tokens together. None if empty."""
    text = ""
    for term in dict.fromkeys(terms):
        longer = f"{text}, {term}" if text else term
        if count_tokens(longer) > MAX_TOKENS:
            break
        text = longer
    return text or None


def has_term(words: Sequence[str], told: str) -> bool:
    """Return whether a text contains a word that the model was told to expect. `told` is the result of `hotwords`."""
    terms = _checked(told)
    return any(part in terms for word in words for part in _parts(word))


def is_supported(words: Sequence[str], plain: Sequence[str], told: str) -> bool:
    """Return whether each expected word in a text stands where something similar was heard.

    `plain` is what the model writes without being told the words.
    """
    terms = _checked(told)
    ours, theirs = ([part for word in text for part in _parts(word)] for text in (words, plain))
    for tag, first, last, from_, to in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal" or terms.isdisjoint(ours[first:last]):
            continue
        written, heard = "".join(ours[first:last]), "".join(theirs[from_:to])
        if SequenceMatcher(None, written, heard, autojunk=False).ratio() < MIN_SIMILAR:
            return False
    return True


def _checked(told: str) -> set[str]:
    return {part for part in _parts(told) if len(part) >= MIN_LETTERS}


def _parts(text: str) -> list[str]:
    """Return the words in a text, without case, accents and apostrophes."""
    letters = (letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter))
    return re.findall(r"\w+", "".join(letters).replace("'", "").replace("’", ""))

"""The sentences that the model learns: templates over a closed vocabulary. Random generators are passed as arguments."""

from __future__ import annotations

import hashlib
import re
import tomllib
from functools import cache
from pathlib import Path
from random import Random

SENTENCES = Path(__file__).with_name("sentences.toml")
HELD_OUT_OF = 10
"""One sentence in this many is excluded from training, so that the evaluation can use it."""

_SLOT = re.compile(r"\$([a-z]+)")
_TOKEN = re.compile(r"[A-Za-z']+|[.,?]")
_PUNCTUATION = frozenset(".,?")

# Words that sound like another word in the vocabulary. Only context distinguishes them, and random sentences have no
# context.
_SOUND_ALIKE = (
    {"two", "to", "too", "for", "four", "there", "their", "our", "hear", "here", "patient", "patients"}
    | {"write", "right", "May", "may", "eight", "won", "one", "no", "know", "a", "I"}
)  # fmt: skip
_GLUE = ("the", "a", "and", "of", "in", "with", "to", "for", "my", "is", "was", "I", "we")


@cache
def _grammar() -> dict[str, list[str]]:
    with SENTENCES.open("rb") as file:
        read = tomllib.load(file)
    return {"templates": read["templates"], "fixed": read["fixed"], **read["slots"]}


def fixed_sentences() -> list[str]:
    """Return the sentences without slots. Training must contain each one, because no similar sentences exist."""
    return list(_grammar()["fixed"])


def words_of(text: str) -> list[str]:
    """Return the words of a sentence in order, without punctuation."""
    return [token for token in tokens_of(text) if token not in _PUNCTUATION]


def tokens_of(text: str) -> list[str]:
    """Return words and punctuation marks in order. Other characters are left out."""
    return _TOKEN.findall(text)


@cache
def vocabulary() -> tuple[str, ...]:
    """Return every word that a sentence can contain, sorted. Case is significant."""
    lines = (_SLOT.sub(" ", line) for lines in _grammar().values() for line in lines)
    return tuple(sorted({word for line in lines for word in words_of(line)}))


def expand(template: str, rng: Random) -> str:
    """Fill the slots of a template, including slots in the inserted texts, until none is left."""
    while found := _SLOT.search(template):
        choice = rng.choice(_grammar()[found.group(1)])
        template = template[: found.start()] + choice + template[found.end() :]
    return template


def templated_sentence(rng: Random) -> str:
    """Return a sentence that makes sense or nearly does: a filled template or a fixed sentence."""
    grammar = _grammar()
    return expand(rng.choice(grammar["templates"] + grammar["fixed"]), rng)


def random_sentence(rng: Random) -> str:
    """Return words in random order, so that the model learns to recognise words without context."""
    words = [rng.choice(_starters()), *(rng.choice(_free_words()) for _ in range(rng.randint(2, 11)))]
    for index in range(1, len(words)):
        if rng.random() < 0.12:
            words[index] = rng.choice(_GLUE)
    return " ".join(words) + ("?" if rng.random() < 0.05 else ".")


def is_held_out(text: str) -> bool:
    """Return whether a sentence is excluded from tools.demo_model. Fixed sentences are never excluded."""
    if text in _grammar()["fixed"]:
        return False
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest) % HELD_OUT_OF == 0


@cache
def _starters() -> tuple[str, ...]:
    grammar = _grammar()
    lines = grammar["templates"] + grammar["fixed"]
    return tuple(sorted({words_of(line)[0] for line in lines if not line.startswith("$")}))


@cache
def _free_words() -> tuple[str, ...]:
    grammar = _grammar()
    names = {*grammar["month"], *grammar["day"], *grammar["city"]}
    return tuple(word for word in vocabulary() if word not in _SOUND_ALIKE and (word in names or word[0].islower()))

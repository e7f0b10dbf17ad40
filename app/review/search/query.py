"""What a reviewer typed into the search box, understood: words, "phrases", prefix*, -exclusions. Pure.

Nothing of what was typed reaches a database as its query language: only words made of letters, digits and marks leave here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from app.review.search.letters import HEBREW_ABBREVIATION
from app.review.search.tokens import stem, tokens

LONGEST = 300
MAX_TERMS = 20
MIN_PREFIX_LENGTH = 2
"""Letters before the star: a single one would match a large part of all words."""

_QUOTES = dict.fromkeys(map(ord, "“”„‟«»″＂"), '"')
_CHUNK = re.compile(r'([-−]?)(?:"([^"]*)"?|([^\s"]+))')


class QueryProblem(StrEnum):
    """Why a question cannot be answered; the words for it are the page's."""

    EMPTY = "empty"
    NOTHING_WANTED = "nothing wanted"
    TOO_LONG = "too long"
    PREFIX_TOO_SHORT = "prefix too short"


class InvalidQueryError(ValueError):
    """The question cannot be answered as it stands."""

    def __init__(self, reason: QueryProblem):
        self.reason = reason
        super().__init__(str(reason))


@dataclass(frozen=True, slots=True)
class Term:
    """Words said one after the other, by their stems; or, as a prefix, the beginning of one word as it was said."""

    words: tuple[str, ...]
    is_prefix: bool = False

    def stems(self, language: str) -> tuple[str, ...]:
        """Return what to look for in an answer of this language."""
        return self.words if self.is_prefix else tuple(stem(word, language) for word in self.words)


@dataclass(frozen=True, slots=True)
class Query:
    """An answer is found when it holds every wanted term, anywhere in it, and no unwanted one."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()


def parse_query(typed: str) -> Query:
    """Understand what was typed. Any characters are safe. Raises InvalidQueryError when there is nothing to look for.

    A word with a hyphen or the like in it is a phrase of its parts; a quotation mark left open closes at the end.
    """
    if len(typed) > LONGEST:
        raise InvalidQueryError(QueryProblem.TOO_LONG)
    wanted: dict[Term, None] = {}
    unwanted: dict[Term, None] = {}
    for sign, phrase, bare in _CHUNK.findall(HEBREW_ABBREVIATION.sub("״", typed).translate(_QUOTES)):
        for term in _terms(bare, is_phrase=not bare) if bare else _terms(phrase, is_phrase=True):
            (unwanted if sign else wanted)[term] = None
    if len(wanted) + len(unwanted) > MAX_TERMS:
        raise InvalidQueryError(QueryProblem.TOO_LONG)
    if not wanted:
        raise InvalidQueryError(QueryProblem.NOTHING_WANTED if unwanted else QueryProblem.EMPTY)
    return Query(tuple(wanted), tuple(unwanted))


def _terms(text: str, *, is_phrase: bool) -> list[Term]:
    words = tuple(token.word for token in tokens(text))
    if not words:
        return []
    if is_phrase or not text.endswith("*"):
        return [Term(words)]
    if len(words[-1]) < MIN_PREFIX_LENGTH:
        raise InvalidQueryError(QueryProblem.PREFIX_TOO_SHORT)
    before = [Term(words[:-1])] if words[:-1] else []
    return [*before, Term(words[-1:], is_prefix=True)]

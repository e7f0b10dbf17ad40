"""Parse what a reviewer typed into the search box: words, "phrases", prefix*, -exclusions. No I/O.

The database never interprets typed text as its query language: terms contain only letters, digits and marks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from app.review.search.letters import HEBREW_ABBREVIATION
from app.review.search.tokens import stem, tokens

MAX_QUERY_LENGTH = 300
MAX_TERMS = 20
MIN_PREFIX_LENGTH = 2
"""Minimum number of letters before the star. A single letter would match a large part of all words."""

_QUOTES = dict.fromkeys(map(ord, "“”„‟«»″＂"), '"')
_CHUNK = re.compile(r'([-−]?)(?:"([^"]*)"?|([^\s"]+))')


class QueryProblem(StrEnum):
    """The reasons why a query is invalid. The search page has a message for each reason."""

    EMPTY = "empty"
    NOTHING_WANTED = "nothing wanted"
    TOO_LONG = "too long"
    PREFIX_TOO_SHORT = "prefix too short"


class InvalidQueryError(ValueError):
    """The typed query is invalid; `reason` says why."""

    def __init__(self, reason: QueryProblem):
        self.reason = reason
        super().__init__(str(reason))


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a query: consecutive words, compared by their stems, or the beginning of a single word as said."""

    words: tuple[str, ...]
    is_prefix: bool = False

    def stems(self, language: str) -> tuple[str, ...]:
        """Return the stems of the words in this language (BCP 47), or the words themselves for a prefix."""
        return self.words if self.is_prefix else tuple(stem(word, language) for word in self.words)


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. An answer matches if it contains every wanted term and no unwanted one."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()


def parse_query(typed: str) -> Query:
    """Parse a typed query. Any characters are safe. Raises InvalidQueryError if the query is invalid.

    A word with a hyphen or similar inside is a phrase of its parts. A missing closing quotation mark is added at the
    end.
    """
    if len(typed) > MAX_QUERY_LENGTH:
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

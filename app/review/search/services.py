"""Search in the answers of candidates: one interface to SQLite's FTS5 and PostgreSQL's full-text search.

The unit of the index is the whole answer: one document for each answer that reviewers may see. Cues would be too small:
a cue holds half a sentence, so two words of one thought, or the halves of a phrase, are often in different cues. A
million cues make about forty thousand documents, so the database reads short lists. The positions of hits are then
found in Python (`hits`), only for the few answers on the page.

- The index contains only submitted answers, with their current captions. Other answers cannot be found.
- The ids of interview, question and attempt are words in the document's `scope`. The cost of a search in one interview
  therefore depends on the size of that interview only.
- An answer is searched in its own language, whatever the language of the interview: "bateau" finds "bateaux" in a
  French answer. If stems of the query differ
  between languages, the answers of each language are searched for its stems.
- Results are ordered newest first and never ranked: this product does not let a machine rank answers.
- The index can be deleted. `flask --app wsgi search rebuild` rebuilds it.

A limit of PostgreSQL: it stores 256 positions of a word in one answer. A phrase of three or more words that begins
after the 256th "the", about half an hour into an answer, may be missed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, TextClause, func, select, text
from sqlalchemy.orm import Session

from app.interviews.models import Interview
from app.review.search.filters import Filters
from app.review.search.hits import HitTime, SaidWords, moment_of, places_of
from app.review.search.index import (
    all_to_index,
    index_answers,
    index_attempt,
    index_track,
    language_word,
    missing_from_index,
    pair,
    prepare_rebuild,
    read_cue,
    remove_take_from_index,
)
from app.review.search.query import Query, Term
from app.review.services import shown_name
from app.types import Id

__all__ = [
    "FoundAnswer",
    "SearchPage",
    "all_to_index",
    "index_answers",
    "index_attempt",
    "index_track",
    "languages_of",
    "missing_from_index",
    "prepare_rebuild",
    "remove_take_from_index",
    "search_answers",
]

MAX_COUNTED = 500
"""Maximum number of matching answers that are counted. If there are more, the page says "more than"."""
PAGE = 10
MAX_HITS_SHOWN = 3
"""Maximum number of hits shown for one answer. Further hits are only counted."""
FEW = 8
"""In a search of at most this number of interviews, PostgreSQL looks up each interview id in the index."""

_PAGE = """
WITH found AS (SELECT {index}.{id} AS id FROM {index} WHERE {condition} ORDER BY {index}.{id} DESC LIMIT :most)
SELECT counted.total, page.*
FROM (SELECT count(*) AS total FROM found) AS counted
LEFT JOIN (
    SELECT document.id, document.answer_id, document.cues, document.stems, document.words, question.interview_id,
        coalesce(answer.asked_number, question.position) AS position, coalesce(answer.asked_prompt, question.prompt) AS prompt,
        document.language, answer.attempt_id, interview.blind,
        invitation.candidate_name, invitation.reference
    FROM (SELECT id FROM found ORDER BY id DESC LIMIT :size OFFSET :before) AS shown
    JOIN cue_search_document AS document ON document.id = shown.id
    JOIN answer ON answer.id = document.answer_id
    JOIN question ON question.id = answer.question_id
    JOIN interview ON interview.id = question.interview_id
    JOIN attempt ON attempt.id = answer.attempt_id
    JOIN invitation ON invitation.id = attempt.invitation_id
) AS page ON true
ORDER BY page.id DESC
"""
"""SQL for the number of matches and one page of them: a single statement, because a round trip costs more than most
searches.
"""
_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
"""Makes PostgreSQL plan each search for its words, instead of using a cached plan.

For a search in most interviews, PostgreSQL either goes through the newest answers until it has found enough, or uses
the index. The faster way depends on how common the words are, which a cached plan does not know (it took 60 ms for a
common word).
"""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A query as stems of one language, for the answers that it applies to.

    `scope` has the ids of the interviews with answers to search. `language` selects the stemmer. `languages` has all
    languages in which the query has the same stems, or is empty if answers of all languages are searched.
    """

    scope: Sequence[str]
    language: str
    languages: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """An answer that matches, with its first hits. `places` counts all hits. Hits in written answers have no time."""

    answer_id: str
    interview_id: str
    attempt_id: str
    candidate: str
    position: int
    prompt: str
    moments: tuple[HitTime, ...]
    places: int

    @property
    def more(self) -> int:
        """Return the number of hits that are counted but not shown."""
        return self.places - len(self.moments)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of matching answers, newest first.

    `total` is at most MAX_COUNTED; `has_more` says whether there are more.
    """

    answers: tuple[FoundAnswer, ...] = ()
    total: int = 0
    has_more: bool = False

    @property
    def places(self) -> int:
        """Return the number of hits in the answers of this page."""
        return sum(answer.places for answer in self.answers)


def languages_of(interviews: Iterable[Interview]) -> list[str]:
    """Return the languages (BCP 47) of the indexed answers in these interviews, in order."""
    return sorted({language for interview in interviews for language in (interview.found_languages or "").split()})


def search_answers(
    session: Session,
    query: Query,
    *,
    interviews: Collection[Interview],
    filters: Filters | None = None,
    page: int = 1,
    size: int = PAGE,
) -> SearchPage:
    """Return one page of the matching answers. The caller has checked access to the interviews. Pages count from 1."""
    if not interviews:
        return SearchPage()
    before = (page - 1) * size
    condition, values = _condition(session, query, interviews, filters)
    limits = {"most": MAX_COUNTED + 1, "size": max(min(size, MAX_COUNTED - before), 0), "before": before}
    rows = session.execute(_statement(session.get_bind().dialect.name, condition), {**values, **limits}).all()
    answers = tuple(_found_answer(row, query) for row in rows if row.answer_id)
    total = rows[0].total
    return SearchPage(answers, min(total, MAX_COUNTED), total > MAX_COUNTED)


@lru_cache(maxsize=200)
def _statement(dialect: str, condition: str) -> TextClause:
    """Return the statement for a condition. It is cached, because building it costs as much as sending it."""
    index, number = ("cue_search", "rowid") if dialect == "sqlite" else ("cue_search_document", "id")
    return text(_PAGE.format(index=index, id=number, condition=condition))


def _condition(
    session: Session, query: Query, interviews: Collection[Interview], filters: Filters | None
) -> tuple[str, dict[str, Any]]:
    """Return the SQL condition for matching documents, with its parameters."""
    readings = _readings(query, interviews)
    if session.get_bind().dialect.name == "sqlite":
        more, values = filters.condition("cue_search.rowid") if filters else ("", {})
        match = " OR ".join(f"({_fts5(query, reading)})" for reading in readings)
        return f"cue_search MATCH :match{more}", {"match": match, **values}
    more, values = filters.condition("cue_search_document.id") if filters else ("", {})
    is_wide = _is_wide(session, [interview.id for interview in interviews])
    if is_wide:
        session.execute(_PLAN_ANEW)
    either = []
    for number, reading in enumerate(readings):
        wanted = _tsqueries(query, reading, is_wide=is_wide)
        parts = [f"{name}_vector @@ CAST(:{name}{number} AS tsquery)" for name in wanted]
        if is_wide:
            parts.append(f"left(scope, {Id.length}) = ANY(:places{number})")
        if reading.languages:
            parts.append(f"language = ANY(:languages{number})")
        either.append(f"({' AND '.join(parts)})")
        values |= {f"{name}{number}": tsquery for name, tsquery in wanted.items()}
        values |= {f"places{number}": reading.scope, f"languages{number}": reading.languages}
    return f"({' OR '.join(either)}){more}", values


def _readings(query: Query, interviews: Collection[Interview]) -> list[_Reading]:
    """Return the readings of a query: one, or several if the words have different stems in different languages."""
    ids: dict[str, list[str]] = {}
    for interview in interviews:
        for language in languages_of([interview]) or [interview.language]:
            ids.setdefault(language, []).append(interview.id)
    alike: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for language in sorted(ids):
        stems = tuple(term.stems(language) for term in (*query.wanted, *query.unwanted))
        alike.setdefault(stems, []).append(language)
    if len(alike) == 1:
        return [_Reading([interview.id for interview in interviews], next(iter(ids)))]
    return [
        _Reading(list(dict.fromkeys(each for language in languages for each in ids[language])), languages[0], languages)
        for languages in alike.values()
    ]


def _is_wide(session: Session, scope: Sequence[str]) -> bool:
    """Return whether most interviews of this installation are searched.

    PostgreSQL then compares the interview id in each document's scope. Joining the lists of hundreds of interviews from
    the index would be slower (half a second at a million cues).
    """
    if len(scope) <= FEW:
        return False
    return 4 * len(scope) >= (session.scalar(select(func.count()).select_from(Interview)) or 0)


def _fts5(query: Query, reading: _Reading) -> str:
    """Return the query in FTS5 syntax. Words are quoted, although they contain only letters, digits and marks."""

    def piece(term: Term) -> str:
        if term.is_prefix:
            return f'words : "{term.words[0]}" *'
        return f'stems : "{" ".join(term.stems(reading.language))}"'

    places = [reading.scope, [language_word(each) for each in reading.languages]]
    here = ["scope : (" + " OR ".join(f'"{word}"' for word in words) + ")" for words in places if words]
    wanted = " AND ".join([*here, *(piece(term) for term in query.wanted)])
    unwanted = " OR ".join(piece(term) for term in query.unwanted)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _tsqueries(query: Query, reading: _Reading, *, is_wide: bool) -> dict[str, str]:
    """Return the tsquery of each column that the search has to match."""

    def piece(term: Term) -> str:
        return f"'{term.words[0]}':*" if term.is_prefix else f"({_in_a_row(term.stems(reading.language))})"

    here = [] if is_wide else [" | ".join(f"'{place}'" for place in reading.scope)]
    pieces: dict[str, list[str]] = {"scope": here, "stems": [], "words": []}
    for sign, terms in (("", query.wanted), ("!", query.unwanted)):
        for term in terms:
            pieces["words" if term.is_prefix else "stems"].append(sign + piece(term))
    return {name: " & ".join(parts) for name, parts in pieces.items() if parts}


def _in_a_row(stems: Sequence[str]) -> str:
    """Return a tsquery for consecutive words.

    The index contains pairs of neighbouring words. Two words are one pair. For more words, PostgreSQL also compares the
    positions of the words, in the few documents that contain all pairs.
    """
    if len(stems) == 1:
        return f"'{stems[0]}'"
    pairs = [f"'{pair(*two)}'" for two in pairwise(stems)]
    return " & ".join(pairs if len(stems) == 2 else [*pairs, "(" + " <-> ".join(f"'{word}'" for word in stems) + ")"])


def _found_answer(row: Row[*tuple[Any, ...]], query: Query) -> FoundAnswer:
    said = SaidWords(row.stems.split("\n"), row.words.split("\n"))
    places = places_of(said.hits(query, row.language))
    lines = row.cues.split("\n")
    return FoundAnswer(
        row.answer_id,
        row.interview_id,
        row.attempt_id,
        shown_name(row, row.attempt_id, row.candidate_name, row.reference),
        row.position,
        row.prompt,
        tuple(moment_of(place, lambda number: read_cue(lines[number])) for place in places[:MAX_HITS_SHOWN]),
        len(places),
    )

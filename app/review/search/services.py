"""Search in what candidates said and wrote: one small interface over SQLite's FTS5 and PostgreSQL's full text.

What is indexed is the whole answer, not the cue: one document for each answer that reviewers may see. A cue holds half
a sentence, so two words of one thought, or the two halves of a phrase, are often in two cues; here they are in one
document. A million cues are some forty thousand documents, which keeps every list that the database walks short. Where
in the answer the words are is then found in Python (`moments`), in the few answers that a page shows.

- Only submitted answers are in the index, with their current captions. What is not submitted cannot be found.
- The ids of interview, question and attempt are words of the document too (`scope`), so that a search in one interview
  costs what that interview is worth, however much there is beside it.
- An answer is searched in the language in which it was given, whatever the interview's is: "bateau" finds "bateaux" in an
  answer in French. Where two languages make different stems of what was typed, each is asked for its own answers.
- Found answers come newest first. They are never ranked: ranking answers by a machine is what this product refuses.
- The index can be thrown away: `flask --app wsgi search rebuild` makes it again.

A limit of PostgreSQL: it keeps 256 places of a word in one answer, so a phrase of three words or more that begins after
the 256th "the" may be missed, which is half an hour into an answer.
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
    read_cue,
    remove_take_from_index,
    repair_index,
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
    "remove_take_from_index",
    "repair_index",
    "search_answers",
]

COUNTED = 500
"""Answers that are counted; where there are more, a page says "more than"."""
PAGE = 10
SHOWN = 3
"""Moments of one answer that are shown; the rest is counted."""
FEW = 8
"""Interviews that are looked up in the index one by one, whatever there is beside them."""

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
"""How many there are and one page of them, in one statement. Each way to go from program to database and back costs more
than most searches."""
_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
"""Through most interviews PostgreSQL walks the newest answers until there are enough, or asks the index: which is better
hangs on how common a word is, and a plan that is kept for all words does not know (60 ms for a common one)."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What to look for in some answers: the stems of a query are a language's own.

    `scope` is the interviews that have such answers, `language` one whose stems they are, `languages` all of those, and
    none where every answer is looked through.
    """

    scope: Sequence[str]
    language: str
    languages: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """An answer in which the words are said: the first moments, and how many there are. In writing they have no time."""

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
        """Moments that are counted and not shown."""
        return self.places - len(self.moments)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of answers, newest first; how many answers there are in all, and whether that is all of them."""

    answers: tuple[FoundAnswer, ...] = ()
    total: int = 0
    has_more: bool = False

    @property
    def places(self) -> int:
        """How many moments the answers of this page hold."""
        return sum(answer.places for answer in self.answers)


def languages_of(interviews: Iterable[Interview]) -> list[str]:
    """Return the languages of the answers in these interviews that can be searched, as they are written (BCP 47)."""
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
    """Search these interviews, which the caller has found to be open to the one who asks. Pages count from 1."""
    if not interviews:
        return SearchPage()
    before = (page - 1) * size
    condition, values = _condition(session, query, interviews, filters)
    limits = {"most": COUNTED + 1, "size": max(min(size, COUNTED - before), 0), "before": before}
    rows = session.execute(_statement(session.get_bind().dialect.name, condition), {**values, **limits}).all()
    answers = tuple(_found_answer(row, query) for row in rows if row.answer_id)
    total = rows[0].total
    return SearchPage(answers, min(total, COUNTED), total > COUNTED)


@lru_cache(maxsize=200)
def _statement(dialect: str, condition: str) -> TextClause:
    """Return the statement for a condition, made once: making it anew would cost as much as sending it."""
    index, number = ("cue_search", "rowid") if dialect == "sqlite" else ("cue_search_document", "id")
    return text(_PAGE.format(index=index, id=number, condition=condition))


def _condition(
    session: Session, query: Query, interviews: Collection[Interview], filters: Filters | None
) -> tuple[str, dict[str, Any]]:
    """Return the SQL of what makes a document match, with its parameters."""
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
    """Return the ways to read a query: one for all answers, unless their languages make different stems of its words."""
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
    """Whether most of what there is lies in these interviews: then PostgreSQL is better told to look at each document's
    own, which begins its scope, than to join the lists of hundreds of them from the index (half a second at a million cues).
    """
    if len(scope) <= FEW:
        return False
    return 4 * len(scope) >= (session.scalar(select(func.count()).select_from(Interview)) or 0)


def _fts5(query: Query, reading: _Reading) -> str:
    """Return the query in FTS5's language. Its words are letters, digits and marks alone, and quoted all the same."""

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
    """Return a tsquery for each column that has one to fulfil."""

    def piece(term: Term) -> str:
        return f"'{term.words[0]}':*" if term.is_prefix else f"({_in_a_row(term.stems(reading.language))})"

    here = [] if is_wide else [" | ".join(f"'{place}'" for place in reading.scope)]
    pieces: dict[str, list[str]] = {"scope": here, "stems": [], "words": []}
    for sign, terms in (("", query.wanted), ("!", query.unwanted)):
        for term in terms:
            pieces["words" if term.is_prefix else "stems"].append(sign + piece(term))
    return {name: " & ".join(parts) for name, parts in pieces.items() if parts}


def _in_a_row(stems: Sequence[str]) -> str:
    """Return a tsquery for words that follow each other. The index finds their pairs; of two words that is all there is
    to find, of more their places are compared in the few documents that have all the pairs.
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
        tuple(moment_of(place, lambda number: read_cue(lines[number])) for place in places[:SHOWN]),
        len(places),
    )

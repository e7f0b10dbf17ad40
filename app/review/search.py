"""Search in what candidates said and wrote: one small interface over SQLite's FTS5 and PostgreSQL's full text.

What is indexed is the whole answer, not the cue: one document for each answer that reviewers may see. A cue holds half
a sentence, so two words of one thought, or the two halves of a phrase, are often in two cues; here they are in one
document. A million cues are some forty thousand documents, which keeps every list that the database walks short. Where
in the answer the words are is then found in Python (`moments`), in the few answers that a page shows.

- Only submitted answers are in the index, with their current captions. What is not submitted cannot be found.
- The ids of interview, question and attempt are words of the document too (`scope`), so that a search in one interview
  costs what that interview is worth, however much there is beside it.
- Found answers come newest first. They are never ranked: ranking answers by a machine is what this product refuses.
- The index can be thrown away: `flask --app wsgi search rebuild` makes it again.

A limit of PostgreSQL: it keeps 256 places of a word in one answer, so a phrase of three words or more that begins after
the 256th "the" may be missed, which is half an hour into an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, bindparam, func, select, text
from sqlalchemy.orm import Session

from app.captions.models import CueRow
from app.interviews.models import Attempt, Interview, Invitation, Question
from app.recording.models import Answer
from app.review.filters import Filters
from app.review.moments import Moment, Place, SaidWords, SpokenCue
from app.review.query import Query, Term
from app.review.search_index import (
    batches_to_index,
    documents,
    index_answers,
    index_attempt,
    index_track,
    missing_from_index,
    pair,
    remove_take_from_index,
    repair_index,
    sentences_of,
)
from app.review.services import shown_name
from app.types import Id

__all__ = [
    "Found",
    "FoundAnswer",
    "batches_to_index",
    "index_answers",
    "index_attempt",
    "index_track",
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

# Statements are made once: making them anew would cost more than most searches.
_MATCHING_IN_SQLITE = text("SELECT rowid FROM cue_search WHERE cue_search MATCH :match ORDER BY rowid DESC LIMIT :most")
_FILTERED_IN_SQLITE = "SELECT rowid FROM cue_search WHERE cue_search MATCH :match{} ORDER BY rowid DESC LIMIT :most"
_DOCUMENTS = (
    select(
        documents.c.answer_id,
        documents.c.cues,
        documents.c.stems,
        documents.c.words,
        Answer.text,
        Question.interview_id,
        Question.position,
        Question.prompt,
        Interview.language,
        Answer.attempt_id,
        Interview.blind,
        Invitation.candidate_name,
    )
    .join_from(documents, Answer, Answer.id == documents.c.answer_id)
    .join(Question, Question.id == Answer.question_id)
    .join(Interview, Interview.id == Question.interview_id)
    .join(Attempt, Attempt.id == Answer.attempt_id)
    .join(Invitation, Invitation.id == Attempt.invitation_id)
    .where(documents.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(documents.c.id.desc())
)
_CUES = select(CueRow.id, CueRow.start_ms, CueRow.text).where(CueRow.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """An answer in which the words are said: the first moments, and how many there are. In writing they have no time."""

    answer_id: str
    interview_id: str
    attempt_id: str
    candidate: str
    position: int
    prompt: str
    moments: tuple[Moment, ...]
    places: int

    @property
    def more(self) -> int:
        """Moments that are counted and not shown."""
        return self.places - len(self.moments)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of answers, newest first; how many answers there are in all, and whether that is all of them."""

    answers: tuple[FoundAnswer, ...] = ()
    total: int = 0
    has_more: bool = False

    @property
    def places(self) -> int:
        """How many moments the answers of this page hold."""
        return sum(answer.places for answer in self.answers)


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A document of a page, its words, and where in them the query is met."""

    row: Row[*tuple[Any, ...]]
    said: SaidWords
    places: list[Place]

    @property
    def cues_shown(self) -> dict[int, int]:
        """The ids of the cues that its moments show, by number."""
        ids = self.row.cues.split()
        numbers = (range(place.first_cue, place.last_cue + 1) for place in self.places[:SHOWN])
        return {number: int(ids[number]) for shown in numbers for number in shown} if ids else {}


def search_answers(
    session: Session,
    query: Query,
    *,
    interviews: Collection[Interview],
    filters: Filters | None = None,
    page: int = 1,
    size: int = PAGE,
) -> Found:
    """Search these interviews, which the caller has found to be open to the one who asks. Pages count from 1."""
    if not interviews:
        return Found()
    languages = sorted({interview.language for interview in interviews})
    scope = [interview.id for interview in interviews]
    ids = _matching(session, query, scope, languages, filters)
    shown = ids[:COUNTED][(page - 1) * size : page * size]
    spoken = [_spoken(row, query) for row in _documents(session, shown)]
    return Found(_with_moments(session, spoken), min(len(ids), COUNTED), len(ids) > COUNTED)


def _matching(
    session: Session, query: Query, scope: Sequence[str], languages: Sequence[str], filters: Filters | None
) -> Sequence[int]:
    """Return the ids of matching documents, newest first, one more than are counted."""
    if session.get_bind().dialect.name == "sqlite":
        condition, values = filters.condition("cue_search.rowid") if filters else ("", {})
        statement = text(_FILTERED_IN_SQLITE.format(condition)) if condition else _MATCHING_IN_SQLITE
        return session.scalars(
            statement, {"match": _fts5(query, scope, languages), "most": COUNTED + 1, **values}
        ).all()
    condition, values = filters.condition("cue_search_document.id") if filters else ("", {})
    is_wide = _is_wide(session, scope)
    wanted = _tsqueries(query, [] if is_wide else scope, languages)
    conditions = " AND ".join(f"{name}_vector @@ CAST(:{name} AS tsquery)" for name in wanted)
    if is_wide:
        conditions += f" AND left(scope, {Id.length}) = ANY(:places)"
        values = {**values, "places": list(scope)}
    statement = text(
        f"SELECT id FROM cue_search_document WHERE {conditions}{condition} ORDER BY id DESC LIMIT :most"  # noqa: S608 - fixed names
    )
    return session.scalars(statement, {**wanted, "most": COUNTED + 1, **values}).all()


def _is_wide(session: Session, scope: Sequence[str]) -> bool:
    """Whether most of what there is lies in these interviews: then PostgreSQL is better told to look at each document's
    own, which begins its scope, than to join the lists of hundreds of them from the index (half a second at a million cues).
    """
    if len(scope) <= FEW:
        return False
    return 4 * len(scope) >= (session.scalar(select(func.count()).select_from(Interview)) or 0)


def _fts5(query: Query, scope: Sequence[str], languages: Sequence[str]) -> str:
    """Return the query in FTS5's language. Its words are letters and digits alone, and quoted all the same."""

    def piece(term: Term) -> str:
        if term.is_prefix:
            return f'words : "{term.words[0]}" *'
        return "stems : (" + " OR ".join(f'"{" ".join(stems)}"' for stems in _variants(term, languages)) + ")"

    here = "scope : (" + " OR ".join(f'"{place}"' for place in scope) + ")"
    wanted = " AND ".join([here, *(piece(term) for term in query.wanted)])
    unwanted = " OR ".join(piece(term) for term in query.unwanted)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _tsqueries(query: Query, scope: Sequence[str], languages: Sequence[str]) -> dict[str, str]:
    """Return a tsquery for each column that has one to fulfil."""

    def piece(term: Term) -> str:
        if term.is_prefix:
            return f"'{term.words[0]}':*"
        return "(" + " | ".join(f"({_in_a_row(stems)})" for stems in _variants(term, languages)) + ")"

    here = [" | ".join(f"'{place}'" for place in scope)] if scope else []
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


def _variants(term: Term, languages: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the stems of a term in each language, every variant once."""
    return list(dict.fromkeys(term.stems(language) for language in languages))


def _documents(session: Session, ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    return session.execute(_DOCUMENTS, {"ids": list(ids)}).all() if ids else []


def _spoken(row: Row[*tuple[Any, ...]], query: Query) -> _Spoken:
    stems = [line.split() for line in row.stems.split("\n")]
    needs_words = any(term.is_prefix for term in query.wanted)
    said = SaidWords([line.split() for line in row.words.split("\n")] if needs_words else stems, stems)
    return _Spoken(row, said, said.places_of(said.hits(query, row.language)))


def _with_moments(session: Session, spoken: Sequence[_Spoken]) -> tuple[FoundAnswer, ...]:
    cues = _cues(session, [cue_id for each in spoken for cue_id in each.cues_shown.values()])
    found = []
    for each in spoken:
        row = each.row
        shown = each.cues_shown
        if not all(cue_id in cues for cue_id in shown.values()):
            continue  # these captions were removed; their document goes with the next sweep or rebuild
        here = {number: cues[cue_id] for number, cue_id in shown.items()} if row.cues else _sentences(row.text)
        moments = tuple(each.said.moment(place, here) for place in each.places[:SHOWN])
        found.append(
            FoundAnswer(
                row.answer_id,
                row.interview_id,
                row.attempt_id,
                shown_name(row, row.attempt_id, row.candidate_name),
                row.position,
                row.prompt,
                moments,
                len(each.places),
            )
        )
    return tuple(found)


def _cues(session: Session, ids: Sequence[int]) -> dict[int, SpokenCue]:
    rows = session.execute(_CUES, {"ids": list(ids)}) if ids else ()
    return {row.id: SpokenCue(row.id, row.start_ms, row.text) for row in rows}


def _sentences(written: str) -> dict[int, SpokenCue]:
    return {number: SpokenCue(None, None, sentence) for number, sentence in enumerate(sentences_of(written))}

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

A limit of PostgreSQL: it keeps 256 places of a word in one answer, so a phrase that begins after the 256th "the" may be
missed, which is half an hour into an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, cast, column, select, table, text, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from app.captions.models import CueRow
from app.interviews.models import Attempt, Interview, Invitation, Question
from app.recording.models import Answer
from app.review.moments import Moment, Place, SaidWords, SpokenCue
from app.review.query import Query, Term
from app.review.search_index import (
    batches_to_index,
    documents,
    index_answers,
    index_attempt,
    index_track,
    missing_from_index,
    remove_take_from_index,
    repair_index,
    sentences_of,
)

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

COUNTED = 1000
"""Answers that are counted; where there are more, a page says "more than"."""
PAGE = 20
SHOWN = 5
"""Moments of one answer that are shown; the rest is counted."""


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """An answer in which the words are said: the first moments, and how many there are. In writing they have no time."""

    answer_id: str
    interview_id: str
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
    def cues_shown(self) -> set[int]:
        return {cue for place in self.places[:SHOWN] for cue in range(place.first_cue, place.last_cue + 1)}


def search_answers(
    session: Session, query: Query, *, interview_ids: Collection[str], page: int = 1, size: int = PAGE
) -> Found:
    """Search these interviews, which the caller has found to be open to the one who asks. Pages count from 1."""
    languages = session.scalars(select(Interview.language).where(Interview.id.in_(interview_ids)).distinct()).all()
    if not languages:
        return Found()
    matching = _matching(session, query, scope=sorted(interview_ids), languages=sorted(languages))
    ids = session.scalars(matching.limit(COUNTED + 1)).all()
    shown = ids[:COUNTED][(page - 1) * size : page * size]
    spoken = [_spoken(row, query) for row in _documents(session, shown)]
    return Found(_with_moments(session, spoken), min(len(ids), COUNTED), len(ids) > COUNTED)


def _matching(session: Session, query: Query, *, scope: Sequence[str], languages: Sequence[str]) -> Select[int]:
    """Return the statement that gives the ids of matching documents, newest first."""
    if session.get_bind().dialect.name == "sqlite":
        index = table("cue_search", column("rowid"))
        match = text("cue_search MATCH :match").bindparams(match=_fts5(query, scope, languages))
        return select(index.c.rowid).where(match).order_by(index.c.rowid.desc())
    conditions = [
        documents.c[f"{name}_vector"].bool_op("@@")(cast(wanted, TSQUERY))
        for name, wanted in _tsqueries(query, scope, languages).items()
    ]
    return select(documents.c.id).where(*conditions).order_by(documents.c.id.desc())


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
        phrases = (" <-> ".join(f"'{word}'" for word in stems) for stems in _variants(term, languages))
        return "(" + " | ".join(f"({phrase})" for phrase in phrases) + ")"

    pieces: dict[str, list[str]] = {"scope": [" | ".join(f"'{place}'" for place in scope)], "stems": [], "words": []}
    for sign, terms in (("", query.wanted), ("!", query.unwanted)):
        for term in terms:
            pieces["words" if term.is_prefix else "stems"].append(sign + piece(term))
    return {name: " & ".join(parts) for name, parts in pieces.items() if parts}


def _variants(term: Term, languages: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the stems of a term in each language, every variant once."""
    return list(dict.fromkeys(term.stems(language) for language in languages))


def _documents(session: Session, ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    query = (
        select(
            documents.c.answer_id,
            documents.c.track_id,
            documents.c.stems,
            documents.c.words,
            Answer.text,
            Question.interview_id,
            Question.position,
            Question.prompt,
            Interview.language,
            Invitation.candidate_name,
        )
        .join_from(documents, Answer, Answer.id == documents.c.answer_id)
        .join(Question, Question.id == Answer.question_id)
        .join(Interview, Interview.id == Question.interview_id)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Invitation, Invitation.id == Attempt.invitation_id)
        .where(documents.c.id.in_(ids))
        .order_by(documents.c.id.desc())
    )
    return session.execute(query).all()


def _spoken(row: Row[*tuple[Any, ...]], query: Query) -> _Spoken:
    said = SaidWords(*([line.split() for line in text.split("\n")] for text in (row.words, row.stems)))
    return _Spoken(row, said, said.places_of(said.hits(query, row.language)))


def _with_moments(session: Session, spoken: Sequence[_Spoken]) -> tuple[FoundAnswer, ...]:
    cues = _cues(session, [(each.row.track_id, cue) for each in spoken if each.row.track_id for cue in each.cues_shown])
    found = []
    for each in spoken:
        row = each.row
        here = cues.get(row.track_id, {}) if row.track_id else _sentences(row.text)
        moments = tuple(each.said.moment(place, here) for place in each.places[:SHOWN])
        found.append(
            FoundAnswer(
                row.answer_id,
                row.interview_id,
                row.candidate_name,
                row.position,
                row.prompt,
                moments,
                len(each.places),
            )
        )
    return tuple(found)


def _cues(session: Session, wanted: Sequence[tuple[str, int]]) -> dict[str, dict[int, SpokenCue]]:
    """Return cues by track and number from 0: a track's positions count from 1 without a gap, as `add_track` writes them."""
    query = select(CueRow.track_id, CueRow.position, CueRow.id, CueRow.start_ms, CueRow.text).where(
        tuple_(CueRow.track_id, CueRow.position).in_([(track_id, number + 1) for track_id, number in wanted])
    )
    cues: dict[str, dict[int, SpokenCue]] = {}
    for track_id, position, cue_id, start_ms, said in session.execute(query):
        cues.setdefault(track_id, {})[position - 1] = SpokenCue(cue_id, start_ms, said)
    return cues


def _sentences(written: str) -> dict[int, SpokenCue]:
    return {number: SpokenCue(None, None, sentence) for number, sentence in enumerate(sentences_of(written))}

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

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, cast, column, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from app.captions.models import CaptionTrack, CueRow
from app.interviews.models import Attempt, Interview, Invitation, Question
from app.recording.models import Answer
from app.review.moments import Moment, SpokenCue, find_moments
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
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+|\s*\n\s*")


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """An answer in which the words are said, and where. The moments of a typed answer have no time."""

    answer_id: str
    interview_id: str
    candidate: str
    position: int
    prompt: str
    moments: Sequence[Moment]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of answers, newest first; how many answers there are in all, and whether that is all of them."""

    answers: tuple[FoundAnswer, ...] = ()
    total: int = 0
    has_more: bool = False

    @property
    def moments(self) -> int:
        """How many moments this page shows."""
        return sum(len(answer.moments) for answer in self.answers)


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
    return Found(_with_moments(session, query, shown), min(len(ids), COUNTED), len(ids) > COUNTED)


def _matching(session: Session, query: Query, *, scope: Sequence[str], languages: Sequence[str]) -> Select[int]:
    """Return the statement that gives the ids of matching documents, newest first."""
    if session.get_bind().dialect.name == "sqlite":
        index = table("cue_search", column("rowid"))
        match = text("cue_search MATCH :match").bindparams(match=_fts5(query, scope, languages))
        return select(index.c.rowid).where(match).order_by(index.c.rowid.desc())
    conditions = [
        documents.c[name].bool_op("@@")(cast(wanted, TSQUERY))
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


def _with_moments(session: Session, query: Query, ids: Sequence[int]) -> tuple[FoundAnswer, ...]:
    rows = _answers(session, ids)
    cues = _cues(session, [row.take_id for row in rows if row.take_id])
    found = []
    for row in rows:
        said = cues.get(row.take_id, []) if row.take_id else sentences_of(row.text)
        moments = find_moments(query, said, row.language)
        if moments:  # none: captions have changed since, and their indexing is on its way
            found.append(FoundAnswer(row.id, row.interview_id, row.candidate_name, row.position, row.prompt, moments))
    return tuple(found)


def sentences_of(written: str) -> list[SpokenCue]:
    """Return an answer in writing cut into what a hit shows of it: sentences, or lines where there are none."""
    return [SpokenCue(None, None, part.strip()) for part in _SENTENCE_END.split(written) if part.strip()]


def _answers(session: Session, ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    query = (
        select(
            Answer.id,
            Answer.take_id,
            Answer.text,
            Question.interview_id,
            Question.position,
            Question.prompt,
            Interview.language,
            Invitation.candidate_name,
        )
        .join(documents, documents.c.answer_id == Answer.id)
        .join(Question, Question.id == Answer.question_id)
        .join(Interview, Interview.id == Question.interview_id)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Invitation, Invitation.id == Attempt.invitation_id)
        .where(documents.c.id.in_(ids), Attempt.submitted_at.is_not(None))
        .order_by(documents.c.id.desc())
    )
    return session.execute(query).all()


def _cues(session: Session, take_ids: Sequence[str]) -> dict[str, list[SpokenCue]]:
    query = (
        select(CaptionTrack.take_id, CueRow.id, CueRow.start_ms, CueRow.text)
        .join(CueRow, CueRow.track_id == CaptionTrack.id)
        .where(CaptionTrack.take_id.in_(take_ids), CaptionTrack.is_current)
        .order_by(CaptionTrack.take_id, CueRow.position)
    )
    cues: dict[str, list[SpokenCue]] = {}
    for take_id, cue_id, start_ms, said in session.execute(query):
        cues.setdefault(take_id, []).append(SpokenCue(cue_id, start_ms, said))
    return cues

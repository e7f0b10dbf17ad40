"""Write the search index: one document for each answer that reviewers may see. `services` reads it.

A document contains the words of an answer and their stems, one line for each cue (or sentence of a written answer). In
SQLite, triggers keep an FTS5 index of the documents. In PostgreSQL, tsvector columns of the documents are the index.
Both indexes get the same words. The stems in PostgreSQL also contain every two neighbouring words as one lexeme
(`pair`), because its index stores no positions.

`scope` has the ids of interview, question and attempt, and the language. `cues` has the text to show for hits: one line
for each cue with its id, start time and text (sentences of written answers have no id and no time).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from textwrap import wrap
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Session

from app.captions.models import IS_SHOWN, CaptionTrack, CueRow
from app.interviews.models import Attempt, Interview, Question
from app.language_tags import UNKNOWN_LANGUAGE
from app.recording.models import Answer
from app.review.search.hits import SpokenCue
from app.review.search.tokens import stem, tokens

BATCH = 200
SENTENCE = 300
"""Maximum length of one sentence of a written answer in a hit, in characters."""
INDEXED_BYTES = 700_000
"""Maximum size of one answer in the index, about four hours of speech. A PostgreSQL tsvector holds at most 1 MiB."""

TEXTS = ("scope", "stems", "words")
documents = table(
    "cue_search_document",
    *(column(name) for name in ("id", "answer_id", "language", "cues", *TEXTS)),
    *(column(f"{name}_vector", TSVECTOR) for name in TEXTS),
)
"""The vector columns exist only on PostgreSQL."""
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+|\s*\n\s*")


def index_track(session: Session, track_id: str) -> None:
    """Index the captions of a take if its answer was submitted.

    Otherwise `index_attempt` indexes the answer at submission.
    """
    answer_id = session.scalar(
        select(Answer.id).join(CaptionTrack, CaptionTrack.take_id == Answer.take_id).where(CaptionTrack.id == track_id)
    )
    if answer_id:
        index_answers(session, [answer_id])


def index_attempt(session: Session, attempt_id: str) -> None:
    """Index all answers of an attempt, written ones included. Call it in the transaction that submits the attempt."""
    session.flush()
    index_answers(session, session.scalars(select(Answer.id).where(Answer.attempt_id == attempt_id)).all())


def remove_take_from_index(session: Session, take_id: str) -> None:
    """Remove the answer of a take from the index. (When an answer is deleted, its document is deleted as well.)"""
    answer = select(Answer.id).where(Answer.take_id == take_id)
    session.execute(delete(documents).where(documents.c.answer_id.in_(answer)))


def index_answers(session: Session, answer_ids: Collection[str]) -> None:
    """Write the current documents of these answers. An answer that reviewers may not see loses its document."""
    answers = _visible_answers(session, answer_ids)
    tracks = _current_tracks(session, [answer.take_id for answer in answers if answer.take_id])
    gone = set(answer_ids)
    _mark(session, Answer.id.in_([answer.id for answer in answers]), needs_index=False)
    for answer in answers:
        said = tracks.get(answer.take_id, []) if answer.take_id else sentences_of(answer.text)
        if said:
            _write(session, answer, said)
            gone.discard(answer.id)
    if gone:
        session.execute(delete(documents).where(documents.c.answer_id.in_(gone)))


def prepare_rebuild(session: Session) -> None:
    """Prepare a rebuild: make SQLite's index match its documents, and delete documents that nobody may see."""
    if _is_sqlite(session):
        session.execute(text("INSERT INTO cue_search (cue_search) VALUES ('rebuild')"))
    seen = exists().where(
        Answer.id == documents.c.answer_id, Answer.attempt_id == Attempt.id, Attempt.submitted_at.is_not(None)
    )
    session.execute(delete(documents).where(~seen))
    _mark(session, Answer.attempt_id.in_(select(Attempt.id).where(Attempt.submitted_at.is_not(None))), needs_index=True)
    session.execute(update(Interview).values(found_languages=""))


def all_to_index(session: Session) -> Sequence[str]:
    """Return the ids of all submitted answers, oldest first. Each is indexed in its own transaction."""
    query = (
        select(Answer.id)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Attempt.submitted_at.is_not(None))
        .order_by(Attempt.submitted_at, Answer.id)
    )
    return session.scalars(query).all()


def missing_from_index(session: Session, *, without: Collection[str] = ()) -> Sequence[str]:
    """Return up to BATCH submitted answers that have words but no document, among those marked `needs_index`.

    When a sweep of the database submits an attempt, it writes no documents for the attempt's answers.
    """
    has_cues = (
        exists()
        .where(CaptionTrack.take_id == Answer.take_id, CaptionTrack.is_current, IS_SHOWN)
        .where(CueRow.track_id == CaptionTrack.id)
    )
    query = (
        select(Answer.id)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Answer.needs_index, Attempt.submitted_at.is_not(None), or_(Answer.take_id.is_(None), has_cues))
        .where(~exists().where(documents.c.answer_id == Answer.id), Answer.id.not_in(without))
        .limit(BATCH)
    )
    return session.scalars(query).all()


def _mark(session: Session, here: ColumnElement[bool], *, needs_index: bool) -> None:
    marked = update(Answer).where(here, Answer.needs_index != needs_index).values(needs_index=needs_index)
    session.execute(marked.execution_options(synchronize_session=False))


def _visible_answers(session: Session, answer_ids: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the rows of these answers, without answers that were not submitted.

    The attempts are locked. Without the lock, the transaction that submits an attempt and the transaction that stores
    captions could each leave the indexing to the other.
    """
    query = (
        select(
            Answer.id,
            Answer.take_id,
            Answer.text,
            Answer.attempt_id,
            Answer.question_id,
            Question.interview_id,
            func.coalesce(
                func.nullif(CaptionTrack.language, UNKNOWN_LANGUAGE), Question.language, Interview.language
            ).label("language"),
            Interview.found_languages,
            Attempt.submitted_at,
        )
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Question, Question.id == Answer.question_id)
        .join(Interview, Interview.id == Question.interview_id)
        .outerjoin(CaptionTrack, and_(CaptionTrack.take_id == Answer.take_id, CaptionTrack.is_current))
        .where(Answer.id.in_(answer_ids))
        .order_by(Attempt.submitted_at, Answer.id)
        .with_for_update(of=Attempt, key_share=True)
    )
    return [row for row in session.execute(query) if row.submitted_at]


def sentences_of(written: str) -> list[SpokenCue]:
    """Split a written answer into sentences and lines of at most SENTENCE characters."""
    parts = (part for sentence in _SENTENCE_END.split(written) for part in wrap(sentence, SENTENCE))
    return [SpokenCue(None, None, part) for part in parts]


def read_cue(line: str) -> SpokenCue:
    """Parse one line of the `cues` column."""
    cue_id, start_ms, said = line.split("\t", 2)
    return SpokenCue(int(cue_id), int(start_ms), said) if cue_id else SpokenCue(None, None, said)


def _line(cue: SpokenCue) -> str:
    place = "\t" if cue.id is None else f"{cue.id}\t{cue.start_ms}"
    return f"{place}\t" + cue.text.replace("\n", " ")


def _current_tracks(session: Session, take_ids: Collection[str]) -> dict[str, list[SpokenCue]]:
    """Return the cues of the current track of each take, in order, by take id, without withheld captions."""
    query = (
        select(CaptionTrack.take_id, CueRow.id, CueRow.start_ms, CueRow.text)
        .join(CueRow, CueRow.track_id == CaptionTrack.id)
        .where(CaptionTrack.take_id.in_(take_ids), CaptionTrack.is_current, IS_SHOWN)
        .order_by(CaptionTrack.take_id, CueRow.position)
    )
    tracks: dict[str, list[SpokenCue]] = {}
    for take_id, cue_id, start_ms, said in session.execute(query):
        tracks.setdefault(take_id, []).append(SpokenCue(cue_id, start_ms, said))
    return tracks


def _write(session: Session, answer: Row[*tuple[Any, ...]], said: Sequence[SpokenCue]) -> None:
    lines = _within_limit([token.word for token in tokens(cue.text)] for cue in said)
    texts = {
        "scope": " ".join([answer.interview_id, answer.question_id, answer.attempt_id, language_word(answer.language)]),
        "stems": _text([stem(word, answer.language) for word in line] for line in lines),
        "words": _text(lines),
    }
    cues = "\n".join(map(_line, said[: len(lines)]))
    values = {"language": answer.language, "cues": cues, **texts, **_vectors(session, texts)}
    if answer.language not in answer.found_languages.split():
        _note_language(session, answer.interview_id, answer.language)
    here = documents.c.answer_id == answer.id
    if session.scalar(select(documents.c.id).where(here)) is None:
        session.execute(insert(documents).values(answer_id=answer.id, **values))
        return
    has_changed = or_(*(documents.c[name] != value for name, value in values.items()))
    session.execute(update(documents).where(here, has_changed).values(**values))


def language_word(language: str) -> str:
    """Return the word for a language in a document's scope. It is too short to be mistaken for an id."""
    return language.replace("-", "").lower()


def _note_language(session: Session, interview_id: str, language: str) -> None:
    """Record that the interview has answers in this language.

    If two transactions record different languages at once, both languages are kept.
    """
    known = literal(" ") + Interview.found_languages + " "
    is_new = ~known.contains(f" {language} ", autoescape=True)
    values = {"found_languages": func.trim(Interview.found_languages + f" {language}")}
    here = update(Interview).where(Interview.id == interview_id, is_new).values(**values)
    session.execute(here.execution_options(synchronize_session=False))


def _within_limit(lines: Iterable[list[str]]) -> list[list[str]]:
    kept, room = [], INDEXED_BYTES
    for line in lines:
        room -= sum(3 * len(word.encode()) + 10 for word in line)  # one word with its position, and one pair
        if room < 0:
            break
        kept.append(line)
    return kept


def _text(lines: Iterable[Iterable[str]]) -> str:
    return "\n".join(" ".join(line) for line in lines)


def _vectors(session: Session, texts: dict[str, str]) -> dict[str, Any]:
    """Return the values of PostgreSQL's tsvector columns for the texts, or {} on SQLite.

    Nothing needs escaping, because words consist of letters, digits and marks only.
    """
    if _is_sqlite(session):
        return {}
    said = {name: text.split() for name, text in texts.items()}
    written = {name: " ".join(f"'{word}'" for word in sorted(set(words))) for name, words in said.items()}
    # Only stems need positions, for phrases.
    pairs = sorted({pair(*two) for two in pairwise(said["stems"])})
    placed = [f"'{word}':{place}" for place, word in enumerate(said["stems"], start=1)]
    written["stems"] = " ".join([*placed, *(f"'{each}'" for each in pairs)])
    return {f"{name}_vector": cast(vector, TSVECTOR) for name, vector in written.items()}


def pair(first: str, second: str) -> str:
    """Return two neighbouring words as one lexeme.

    The underscore distinguishes it from words, which contain no underscore.
    """
    return f"{first}_{second}"


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"

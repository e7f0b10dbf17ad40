"""The text of one answer for reviewers, and the links to the other answers of its candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.captions.models import CaptionTrack, CueRow
from app.captions.needed import is_needed
from app.captions.services import current_track
from app.interviews.asked import asked_of
from app.interviews.models import Question
from app.recording.models import Answer, Take
from app.review.search.hits import SpokenCue, marks_in_cues
from app.review.search.query import Query
from app.review.services import may_play
from app.review.transcript import Piece, TranscriptCue, pieces_of, transcript_of

_CUES = (
    select(CueRow.id, CueRow.start_ms, CueRow.end_ms, CueRow.text, CueRow.words)
    .where(CueRow.track_id == bindparam("track_id"))
    .order_by(CueRow.position)
)
"""The columns of cues, because rows are read much faster than objects."""


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """Another answer of the same candidate: the number of its question, and its id. `id` is None if there is no answer."""

    number: int
    id: str | None


@dataclass(frozen=True, slots=True)
class AnswerText:
    """The text of an answer: a transcript with its caption track, or the paragraphs of a written answer.

    There are no cues if the model did not understand the recording, until a person has corrected its captions. `places`
    is the number of cues or paragraphs that match the query, or None if there was no query.
    """

    track: CaptionTrack | None = None
    cues: Sequence[TranscriptCue] = ()
    paragraphs: Sequence[Sequence[Piece]] = ()
    places: int | None = None


def read_answer(session: Session, answer: Answer, query: Query | None = None) -> AnswerText:
    """Return the text of an answer, with the matches of the query marked."""
    if answer.take_id is None:
        lines = [line.strip() for line in (answer.text or "").splitlines() if line.strip()]
        found = _marks(query, [SpokenCue(None, None, line) for line in lines], answer.question.spoken_language)
        paragraphs = [pieces_of(line, found=found.get(place, ())) for place, line in enumerate(lines)]
        return AnswerText(paragraphs=paragraphs, places=len(found) if query else None)
    track = current_track(session, answer.take_id)
    if track is None or track.is_withheld:
        return AnswerText(track=track)
    language = track.known_language or answer.question.spoken_language
    said = session.execute(_CUES, {"track_id": track.id}).all()
    found = _marks(query, [SpokenCue(cue.id, cue.start_ms, cue.text) for cue in said], language)
    spoken = [(cue.id, cue.start_ms, cue.end_ms, cue.text, [(word[0], word[3]) for word in cue.words]) for cue in said]
    # How sure the model was says something about the voice.
    cues = transcript_of(spoken, found, shows_unsure=may_play(answer))
    return AnswerText(track=track, cues=cues, places=len(found) if query else None)


def must_wait(answer: Answer, reading: AnswerText) -> bool:
    """Return whether reviewers wait for captions that a person has to make, because they may not hear the recording."""
    return answer.take is not None and not may_play(answer) and is_needed(answer.take, reading.track)


def answers_beside(session: Session, answer: Answer) -> list[OtherAnswer]:
    """Return all answers of the candidate who gave this answer, one for each question, in the order of asking."""
    values = {"attempt_id": answer.attempt_id, "interview_id": answer.question.interview_id}
    rows = session.execute(_answers_beside(), values).all()
    if answer.attempt.asked is None:  # asked what the interview asks now
        asked = {row.id: row.position for row in rows}
    else:
        asked = {each.question_id: each.number for each in asked_of(answer.attempt)}
    beside = []
    for question_id, position, answer_id, number, removed_at in rows:
        if answer_id is not None and removed_at is None:
            beside.append(OtherAnswer(position if number is None else number, answer_id))
        elif question_id in asked:
            beside.append(OtherAnswer(asked[question_id], None))
    return sorted(beside, key=attrgetter("number"))


@cache
def _answers_beside() -> Select[str, int, str | None, int | None, datetime | None]:
    return (
        select(Question.id, Question.position, Answer.id, Answer.asked_number, Take.removed_at)
        .outerjoin(Answer, (Answer.question_id == Question.id) & (Answer.attempt_id == bindparam("attempt_id")))
        .outerjoin(Take, Take.id == Answer.take_id)
        .where(Question.interview_id == bindparam("interview_id"))
    )


def _marks(query: Query | None, said: Sequence[SpokenCue], language: str) -> dict[int, list[tuple[int, int]]]:
    return marks_in_cues(query, said, language) if query else {}

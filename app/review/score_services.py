"""A reviewer's own score and notes of an answer, and the colleagues' scores that the reviewer may see after handing in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from app.accounts.models import StaffUser
from app.audit import Actor, AuditAction, record
from app.captions.needed import has_nothing_to_judge
from app.captions.services import current_track
from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.folding import sort_key
from app.recording.blind_playback import hears_media
from app.recording.models import Answer
from app.review.models import Note, RubricLevel, Score

MAX_COMMENT_LENGTH, MAX_NOTE_LENGTH = 5000, 1000


class InvalidLevelError(InvalidInputError):
    """No level was chosen although the question has a rubric, or the rubric was replaced after the level was chosen."""


class InvalidNoteError(InvalidInputError):
    """The note is empty or too long."""


class NothingToJudgeError(ConflictError):
    """The reviewer may not hear the recording, and it has no captions yet."""

    title = _l("Wait for the captions")
    message = _l("You cannot hand in a score yet, because this answer has no transcript.")
    kept = _l("Your draft is saved.")
    next_step = _l("A coordinator has it in a list of captions to make. Look again later.")


class ScoreConflictError(ConflictError):
    """The score was changed in another tab or on another device, or it is already handed in.

    `saved` is the stored score.
    """

    def __init__(self, saved: Score):
        self.saved = saved
        super().__init__(
            _("Your score of this answer was changed in another tab or on another device."),
            kept=_("The saved score has not changed, and what you typed is still on this page."),
            next_step=_("Compare the two, and save what you want to keep."),
        )


@dataclass(frozen=True, slots=True)
class ScoreInput:
    """A score as a reviewer typed it.

    `level` is the position of a rubric level. `seen` is the version of the score that the page showed (0 if there was
    no score). `rubric` is the id of the lowest level that the page offered, or "" if the page did not send it.
    """

    level: int | None
    comment: str
    seen: int
    rubric: str = ""


@dataclass(frozen=True, slots=True)
class Scoring:
    """The scoring part of an answer's page.

    Colleagues' scores are included after the reviewer's own score is handed in.
    """

    levels: Sequence[RubricLevel]
    own: Score | None
    notes: Sequence[Note]
    colleagues: Sequence[Score]
    reopening: Sequence[str] = ()
    """Names of the colleagues who have reopened their score and not handed it in again."""
    has_to_wait: bool = False
    """Whether the score cannot be handed in yet, because the reviewer can neither hear nor read the answer."""

    @property
    def is_in(self) -> bool:
        """Whether the reviewer's own score is handed in."""
        return self.own is not None and self.own.handed_in_at is not None


def scoring_of(session: Session, user: StaffUser, answer: Answer) -> Scoring:
    """Return everything that this reviewer may see of the scoring of an answer.

    The caller has checked access to the answer.
    """
    own, others = _scores(session, user, answer.id)
    is_in = own is not None and own.handed_in_at is not None
    colleagues = [score for score in others if score.handed_in_at is not None] if is_in else []
    values = {"answer_id": answer.id, "author_ids": [user.id, *(score.reviewer_id for score in colleagues)]}
    return Scoring(
        levels=levels_of(session, answer.question_id),
        own=own,
        notes=session.scalars(_notes(), values).all(),
        colleagues=colleagues,
        reopening=[score.reviewer.name for score in others if score.handed_in_at is None] if is_in else (),
        has_to_wait=has_to_wait(session, answer),
    )


def has_to_wait(session: Session, answer: Answer) -> bool:
    """Return whether reviewers of an answer wait for its captions, because they may not hear the recording."""
    if answer.take is None or answer.take.media is None or hears_media(answer.take.media):
        return False
    return has_nothing_to_judge(answer.take, current_track(session, answer.take.id))


def levels_of(session: Session, question_id: str) -> Sequence[RubricLevel]:
    """Return the rubric levels of a question, the lowest first; empty if the question has no rubric."""
    return session.scalars(_levels(), {"question_id": question_id}).all()


def rubric_id(levels: Sequence[RubricLevel]) -> str:
    """Return an id that changes when the rubric changes, because a changed rubric has new level rows."""
    return levels[0].id if levels else ""


def save_draft(session: Session, user: StaffUser, answer: Answer, opinion: ScoreInput, *, now: datetime) -> Score:
    """Save a reviewer's draft of a score.

    Raises ScoreConflictError if the version of the draft is no longer `opinion.seen`, or if the score is handed in.
    Raises InvalidInputError if the comment is too long or the level does not exist, and InvalidLevelError if the rubric
    has changed.
    """
    _lock(session, answer)
    score = _own(session, user, answer.id)
    if score is not None and (score.version != opinion.seen or score.handed_in_at is not None):
        raise ScoreConflictError(score)
    _check(session, answer, opinion)
    if score is None:
        score = Score(answer_id=answer.id, reviewer_id=user.id, version=0)
        session.add(score)
    score.level, score.comment = opinion.level, opinion.comment
    score.version, score.updated_at = score.version + 1, now
    session.flush()
    return score


def hand_in(session: Session, user: StaffUser, answer: Answer, opinion: ScoreInput, *, now: datetime) -> Score:
    """Save the score and hand it in.

    Raises NothingToJudgeError if the answer has no captions yet and the reviewer may not hear it, InvalidLevelError if
    a level is needed and missing, and errors as `save_draft`.
    """
    require_something_to_judge(session, answer)
    require_level(session, answer, opinion)
    score = save_draft(session, user, answer, opinion, now=now)
    score.handed_in_at = now
    if score.reopened_at is None:
        _log(session, AuditAction.SCORE_HANDED_IN, user, answer, now=now)
    else:
        changed = score.changed_after_seeing
        _log(session, AuditAction.SCORE_HANDED_IN_AGAIN, user, answer, now=now, changed_after_seeing=changed)
    return score


def reopen(session: Session, user: StaffUser, answer: Answer, *, seen: int, now: datetime) -> None:
    """Turn a score that was handed in back into a draft. A score that is a draft does not change.

    If colleagues' scores were visible, the level and the comment are stored as they were before reopening. `seen` is
    the version that the page showed. Raises ScoreConflictError if the score has another version, and NotFoundError if
    there is no score.
    """
    _lock(session, answer)
    score = _own(session, user, answer.id)
    if score is None:
        raise NotFoundError()
    if score.handed_in_at is None:
        return
    if score.version != seen:
        raise ScoreConflictError(score)
    colleagues = _colleagues_seen(session, score)
    if colleagues and score.comment_before is None:
        score.level_before, score.comment_before = score.level, score.comment
    score.handed_in_at, score.reopened_at, score.version = None, now, score.version + 1
    session.flush()
    _log(session, AuditAction.SCORE_REOPENED, user, answer, now=now, colleagues=colleagues)


def require_something_to_judge(session: Session, answer: Answer) -> None:
    """Raise NothingToJudgeError if reviewers can neither hear nor read the answer."""
    if has_to_wait(session, answer):
        raise NothingToJudgeError()


def require_level(session: Session, answer: Answer, opinion: ScoreInput) -> None:
    """Raise InvalidLevelError if the question has a rubric and no level was chosen."""
    if opinion.level is None and levels_of(session, answer.question_id):
        raise InvalidLevelError(_("Choose a level before you hand in the score."), title=_("No level chosen"))


def add_note(session: Session, user: StaffUser, answer: Answer, at_ms: int, text: str, *, now: datetime) -> Note:
    """Add a note at `at_ms` milliseconds of an answer. Raises InvalidNoteError if the text is empty or too long."""
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text or len(text) > MAX_NOTE_LENGTH:
        raise InvalidNoteError(
            _("Write a note of 1 to %(most)s characters.", most=MAX_NOTE_LENGTH), title=_("This note cannot be saved")
        )
    note = Note(answer_id=answer.id, reviewer_id=user.id, at_ms=at_ms, text=text, created_at=now)
    session.add(note)
    session.flush()
    return note


def remove_note(session: Session, user: StaffUser, answer: Answer, note_id: str) -> None:
    """Remove a reviewer's note. Raises NotFoundError if the note does not exist or belongs to someone else."""
    note = session.get(Note, note_id)
    if note is None or note.reviewer_id != user.id or note.answer_id != answer.id:
        raise NotFoundError()
    session.delete(note)
    session.flush()


def _own(session: Session, user: StaffUser, answer_id: str) -> Score | None:
    return session.scalar(select(Score).where(Score.answer_id == answer_id, Score.reviewer_id == user.id))


def _scores(session: Session, user: StaffUser, answer_id: str) -> tuple[Score | None, Sequence[Score]]:
    """Return a reviewer's own score, and the colleagues' scores that were handed in at least once, in order of names."""
    scores = session.scalars(_own_or_handed_in(), {"answer_id": answer_id, "user_id": user.id}).all()
    own = next((score for score in scores if score.reviewer_id == user.id), None)
    others = [score for score in scores if score is not own]
    return own, sorted(others, key=lambda score: sort_key(score.reviewer.name))


@cache
def _own_or_handed_in() -> Select[Score]:
    of_user = Score.reviewer_id == bindparam("user_id")
    was_in = Score.handed_in_at.is_not(None) | Score.reopened_at.is_not(None)
    query = select(Score).where(Score.answer_id == bindparam("answer_id"), of_user | was_in)
    return query.options(_with_author(Score.reviewer)).order_by(Score.id)


@cache
def _notes() -> Select[Note]:
    of_authors = Note.reviewer_id.in_(bindparam("author_ids", expanding=True))
    query = select(Note).where(Note.answer_id == bindparam("answer_id"), of_authors)
    return query.options(_with_author(Note.reviewer)).order_by(Note.at_ms, Note.created_at, Note.id)


@cache
def _levels() -> Select[RubricLevel]:
    return select(RubricLevel).where(RubricLevel.question_id == bindparam("question_id")).order_by(RubricLevel.position)


def _with_author(reviewer: InstrumentedAttribute[StaffUser]) -> ORMOption:
    """Return the option to load the name of the reviewer with each row, without their roles."""
    return joinedload(reviewer).load_only(StaffUser.name).lazyload(StaffUser.grants)


def _colleagues_seen(session: Session, score: Score) -> int:
    """Return how many colleagues' scores the reviewer could see since handing in, including scores reopened since then."""
    was_in = Score.handed_in_at.is_not(None) | (Score.reopened_at >= score.handed_in_at)
    seen = select(func.count()).where(Score.answer_id == score.answer_id, Score.id != score.id, was_in)
    return session.scalar(seen) or 0


def _log(
    session: Session, action: AuditAction, user: StaffUser, answer: Answer, *, now: datetime, **details: int | bool
) -> None:
    record(
        session, action, actor=Actor("staff", user.id), subject=("answer", answer.id), now=now,
        question=answer.question_id, question_number=answer.question_number, **details,
    )  # fmt: skip


def _lock(session: Session, answer: Answer) -> None:
    """Lock the row of the answer while its scores change, because a first score has no row that could be locked."""
    session.execute(select(Answer.id).where(Answer.id == answer.id).with_for_update())


def _check(session: Session, answer: Answer, opinion: ScoreInput) -> None:
    if len(opinion.comment) > MAX_COMMENT_LENGTH:
        raise InvalidInputError(_("A comment has at most %(most)s characters.", most=MAX_COMMENT_LENGTH))
    if opinion.level is None:
        return
    levels = levels_of(session, answer.question_id)
    if opinion.rubric and opinion.rubric != rubric_id(levels):
        raise InvalidLevelError(
            _("The rubric of this question has changed since you opened this page. Read it, and choose a level again."),
            title=_("The rubric has changed"),
        )
    if opinion.level > len(levels):
        raise InvalidInputError(_("This level is not in the rubric. Choose another one."))

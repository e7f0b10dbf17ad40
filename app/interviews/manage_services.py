"""Services for coordinators: interviews and their questions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import Role, RoleGrant, StaffUser
from app.audit import Actor, AuditAction, record
from app.errors import ConflictError, NotFoundError
from app.folding import sort_key
from app.interviews import rules, separation
from app.interviews.lists import NEWEST
from app.interviews.models import Attempt, Interview, InterviewState, Invitation, Question
from app.keyset import START, Count, Page, Place, counted, page_of

MAX_CHOICES = 200
"""Maximum number of interviews that a form offers to choose from."""


class QuestionInUseError(ConflictError):
    """A candidate has answered or was asked this question, so a change would treat candidates differently."""


@dataclass(frozen=True, slots=True)
class InterviewDetails:
    """The fields of an interview. The deadline is an aware datetime; `time_zone` is the zone it was typed in."""

    title: str
    introduction: str
    deadline_at: datetime | None
    time_zone: str = "UTC"
    retention_days: int = 365
    any_order: bool = True
    language: str = "en"
    answer_languages: Collection[str] = ()
    vocabulary: str = ""
    reviewer_ids: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class QuestionDetails:
    """The fields of a question. Times are in seconds. None means unlimited."""

    prompt: str
    thinking_seconds: int | None
    recording_seconds: int | None
    retakes: int | None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class InterviewProgress:
    """An interview, and how many candidates were invited, have started, and have sent their answers."""

    interview: Interview
    invited: Count
    begun: Count
    submitted: Count


def list_interviews(session: Session, place: Place = START) -> Page[InterviewProgress]:
    """Return a page of all interviews, newest first, with their counts. Cancelled invitations are not counted."""
    invited = select(Invitation.id).where(Invitation.interview_id == Interview.id, Invitation.cancelled_at.is_(None))
    begun = select(Attempt.id).join(Attempt.invitation)
    begun = begun.where(Attempt.interview_id == Interview.id, Invitation.cancelled_at.is_(None))
    sent = select(Attempt.id).where(Attempt.interview_id == Interview.id, Attempt.submitted_at.is_not(None))
    query = select(Interview, *(counted(each, Interview) for each in (invited, begun, sent)))
    return page_of(session, query, NEWEST, place).map(
        lambda row: InterviewProgress(row[0], Count.of(row[1]), Count.of(row[2]), Count.of(row[3]))
    )


def titles_to_choose(session: Session, chosen: str = "") -> list[tuple[str, str]]:
    """Return (id, title) of the newest interviews, at most MAX_CHOICES, and of the `chosen` one if it is older."""
    columns = select(Interview.id, Interview.title)
    newest = session.execute(columns.order_by(*NEWEST.by()).limit(MAX_CHOICES)).all()
    found = {row.id: row.title for row in newest}
    if chosen and chosen not in found:
        found |= {row.id: row.title for row in session.execute(columns.where(Interview.id == chosen))}
    return list(found.items())


def load_interview(session: Session, interview_id: str, *, lock: bool = False) -> Interview:
    """Return an interview with its questions and reviewers. Raises NotFoundError if it does not exist.

    With `lock`, no one else can add, move or remove its questions until the transaction ends.
    """
    options = (selectinload(Interview.questions), selectinload(Interview.reviewers))
    query = select(Interview).where(Interview.id == interview_id).options(*options)
    if lock:
        query = query.with_for_update(of=Interview, key_share=True).execution_options(populate_existing=True)
    interview = session.scalar(query)
    if interview is None:
        raise NotFoundError()
    return interview


def load_question(session: Session, interview_id: str, question_id: str, *, lock: bool = False) -> Question:
    """Return a question of this interview. Raises NotFoundError if it does not exist or is in another interview.

    With `lock`, no candidate can start to answer it until the transaction ends. Lock the interview first.
    """
    query = select(Question).where(Question.id == question_id, Question.interview_id == interview_id)
    if lock:
        query = query.with_for_update(of=Question).execution_options(populate_existing=True)
    question = session.scalar(query)
    if question is None:
        raise NotFoundError()
    return question


def possible_reviewers(session: Session) -> Sequence[StaffUser]:
    """Return the users who may be assigned to an interview, ordered by name."""
    query = (
        select(StaffUser)
        .join(RoleGrant)
        .where(RoleGrant.role == str(Role.REVIEWER), StaffUser.disabled_at.is_(None))
        .order_by(StaffUser.id)
    )
    return sorted(session.scalars(query), key=lambda user: sort_key(user.name))


def create_interview(session: Session, details: InterviewDetails, *, actor: StaffUser, now: datetime) -> Interview:
    """Create an interview as a draft. It can be opened once it has questions."""
    interview = Interview(created_at=now, created_by_id=actor.id, state=str(InterviewState.DRAFT))
    _write_details(session, interview, details)
    session.add(interview)
    session.flush()
    who, what = Actor("staff", actor.id), ("interview", interview.id)
    record(session, AuditAction.INTERVIEW_CREATED, actor=who, subject=what, now=now, questions=0)
    return interview


def change_interview(
    session: Session, interview: Interview, details: InterviewDetails, *, actor: StaffUser, now: datetime
) -> None:
    """Change an interview. A new deadline applies immediately, also to candidates who have started."""
    _write_details(session, interview, details)
    record_change(session, interview, actor, now)


def open_interview(session: Session, interview: Interview, *, actor: StaffUser, now: datetime) -> None:
    """Open an interview for candidates. Raises ConflictError if it has no question."""
    if not interview.questions:
        raise ConflictError(
            _("An interview needs at least one question before it can be opened."), title=_("No questions yet")
        )
    interview.state = str(InterviewState.OPEN)
    record_change(session, interview, actor, now)


def close_interview(session: Session, interview: Interview, *, actor: StaffUser, now: datetime) -> None:
    """Close an interview for new candidates. Candidates who have started may finish until their deadline.

    Raises ConflictError if the interview is not open.
    """
    if interview.state != InterviewState.OPEN:
        raise ConflictError(_("This interview is not open."))
    interview.state = str(InterviewState.CLOSED)
    record_change(session, interview, actor, now)


def add_question(
    session: Session, interview: Interview, details: QuestionDetails, *, actor: StaffUser, now: datetime
) -> Question:
    """Add a question at the end of the interview."""
    question = Question(position=len(interview.questions) + 1)
    _write_question(question, details)
    interview.questions.append(question)
    record_change(session, interview, actor, now)
    return question


def change_question(
    session: Session, question: Question, details: QuestionDetails, *, is_in_use: bool, actor: StaffUser, now: datetime
) -> None:
    """Change a question. Raises QuestionInUseError if it is in use."""
    require_unused(is_in_use)
    _write_question(question, details)
    record_change(session, question.interview, actor, now)


def remove_question(session: Session, question: Question, *, is_in_use: bool, actor: StaffUser, now: datetime) -> None:
    """Remove a question. Raises QuestionInUseError if it is in use.

    Raises ConflictError for the only question of an open interview.
    """
    require_unused(is_in_use)
    interview = question.interview
    if interview.state == InterviewState.OPEN and len(interview.questions) == 1:
        raise ConflictError(_("An open interview needs at least one question. Add another question first."))
    interview.questions.remove(question)
    _number_questions(interview, [left.id for left in interview.questions])
    record_change(session, interview, actor, now)


def move_question(session: Session, question: Question, steps: int, *, actor: StaffUser, now: datetime) -> None:
    """Move a question by `steps` places (negative: earlier). It stops at the first or last place."""
    interview = question.interview
    _number_questions(interview, rules.moved([each.id for each in interview.questions], question.id, steps))
    record_change(session, interview, actor, now)


def _write_details(session: Session, interview: Interview, details: InterviewDetails) -> None:
    interview.title = details.title.strip()
    interview.introduction = details.introduction.strip()
    interview.deadline_at = details.deadline_at
    interview.time_zone = details.time_zone
    interview.retention_days = details.retention_days
    interview.any_order = details.any_order
    interview.language = details.language
    interview.answer_languages = " ".join(details.answer_languages)
    interview.vocabulary = details.vocabulary
    wanted = set(details.reviewer_ids)
    reviewers = [user for user in possible_reviewers(session) if user.id in wanted]
    separation.require_may_review(session, interview.id, reviewers)
    interview.reviewers = reviewers


def _write_question(question: Question, details: QuestionDetails) -> None:
    question.prompt = details.prompt.strip()
    question.language = details.language
    question.thinking_seconds = details.thinking_seconds
    question.recording_seconds = details.recording_seconds
    question.retakes = details.retakes


def _number_questions(interview: Interview, order: Sequence[str]) -> None:
    for question in interview.questions:
        question.position = order.index(question.id) + 1


def require_unused(is_in_use: bool) -> None:
    """Raise QuestionInUseError if the question is in use."""
    if is_in_use:
        raise QuestionInUseError(
            _(
                "A candidate has answered this question or sent their answers. So the question must stay the same "
                "for everyone."
            ),
            title=_("This question has answers"),
            next_step=_("Add another question, or make a new interview for the next candidates."),
        )


def record_change(session: Session, interview: Interview, actor: StaffUser, now: datetime) -> None:
    """Record in the audit log that an interview has changed."""
    session.flush()
    record(
        session,
        AuditAction.INTERVIEW_CHANGED,
        actor=Actor("staff", actor.id),
        subject=("interview", interview.id),
        now=now,
        questions=len(interview.questions),
        state=str(interview.state),
    )

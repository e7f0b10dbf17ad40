"""What reviewers may see: the interviews to which they are assigned, and the answers sent in those interviews.

This module returns no limits, take numbers, recording times or accommodations, because they could reveal a disability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Session, contains_eager, undefer

from app.accounts.models import StaffUser
from app.captions.needed import needed_among
from app.errors import NotFoundError
from app.interviews.lists import NEWEST
from app.interviews.models import Attempt, BlindMode, Interview, InterviewReviewer, Invitation, Question, named
from app.keyset import START, Count, Order, Page, Place, count_of, counted, page_of
from app.recording.blind_playback import hears_media
from app.recording.models import Answer, Take
from app.review.given_answers import GivenAnswer, answers_of, row_of
from app.review.neutral_label import neutral_label

PAGE = 50
MAX_CELLS, MIN_PAGE = 150, 5
"""Maximum number of answers on a page of candidates, and the fewest candidates on a page with many questions."""


@dataclass(frozen=True, slots=True)
class AssignedInterview:
    """An assigned interview, with the number of candidates who sent their answers and the number of these answers."""

    id: str
    title: str
    candidates: Count
    answers: Count


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A candidate, with one entry for each question of the interview in order."""

    name: str
    answers: Sequence[GivenAnswer]


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """One page of up to PAGE candidates, ordered by name or, in blind review, by attempt id, which reveals nothing."""

    page: Page[CandidateRow]
    questions: Sequence[Question]
    total: Count


def interviews_of(session: Session, user: StaffUser, place: Place = START) -> Page[AssignedInterview]:
    """Return a page of the interviews to which a reviewer is assigned, newest first."""
    theirs = select(InterviewReviewer.interview_id).where(InterviewReviewer.user_id == user.id)
    sent = select(Attempt.id).where(Attempt.interview_id == Interview.id, Attempt.submitted_at.is_not(None))
    answers = sent.join(Answer, Answer.attempt_id == Attempt.id)
    query = select(Interview.id, Interview.title, counted(sent, Interview), counted(answers, Interview))
    found = page_of(session, query.where(Interview.id.in_(theirs)), NEWEST, place, size=PAGE)
    return found.map(lambda row: AssignedInterview(row[0], row[1], Count.of(row[2]), Count.of(row[3])))


def find_interview(session: Session, user: StaffUser, interview_id: str) -> Interview:
    """Return an interview to which this reviewer is assigned.

    Raises NotFoundError if the interview does not exist or the reviewer is not assigned to it.
    """
    query = (
        select(Interview)
        .join(InterviewReviewer, InterviewReviewer.interview_id == Interview.id)
        .where(Interview.id == interview_id, InterviewReviewer.user_id == user.id)
    )
    interview = session.scalar(query)
    if interview is None:
        raise NotFoundError()
    return interview


def assigned_interviews(session: Session, user: StaffUser) -> Sequence[Interview]:
    """Return all interviews to which this reviewer is assigned, for a search in all of them."""
    query = select(Interview).join(InterviewReviewer, InterviewReviewer.interview_id == Interview.id)
    return session.scalars(query.where(InterviewReviewer.user_id == user.id).order_by(Interview.id)).all()


def name_of_attempt(session: Session, interviews: Sequence[Interview], attempt_id: str) -> str | None:
    """Return the name that reviewers see for a candidate, or None if they sent no answers in these interviews."""
    attempt = session.get(Attempt, attempt_id)
    if attempt is None or attempt.submitted_at is None or attempt.interview.id not in {each.id for each in interviews}:
        return None
    return shown_name(attempt.interview, attempt.id, attempt.invitation.candidate_name, attempt.invitation.reference)


def candidates_of(session: Session, interview: Interview, place: Place = START) -> CandidatePage:
    """Return one page of the candidates who sent their answers. The number of queries is the same for every page."""
    query = select(Attempt, Invitation).join(Attempt.invitation).where(*sent_in(interview))
    query = query.options(undefer(Attempt.asked), contains_eager(Attempt.invitation))
    size = min(PAGE, max(MIN_PAGE, MAX_CELLS // max(1, len(interview.questions))))
    page = page_of(session, query, order_of_candidates(interview), place, size=size)
    answers = answers_of(session, [attempt.id for attempt, *_ in page.rows])
    takes = [answer.take_id for given in answers.values() for answer in given.values() if answer.take_id]
    needed = needed_among(session, takes)
    rows = [
        CandidateRow(
            shown_name(interview, attempt.id, invitation.candidate_name, invitation.reference),
            row_of(interview.questions, attempt, answers[attempt.id], needed),
        )
        for attempt, invitation, *_ in page.rows
    ]
    sent = select(Attempt.id).where(Attempt.interview_id == interview.id, Attempt.submitted_at.is_not(None))
    return CandidatePage(page.with_rows(rows), interview.questions, count_of(session, sent))


def sent_in(interview: Interview) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for the candidates of an interview who sent their answers, in `order_of_candidates`.

    The interview is a condition on the table of the order, so that the database reads the rows in order.
    """
    of_order = Attempt.interview_id if is_blind(interview) else Invitation.interview_id
    return of_order == interview.id, Attempt.submitted_at.is_not(None)


def order_of_candidates(interview: Interview) -> Order:
    """Return the order of lists of candidates: by name or, in blind review, by attempt id, which reveals nothing."""
    if is_blind(interview):
        return Order((Attempt.id,), within=(Attempt.interview_id == interview.id,))
    return Order((Invitation.sort_key, Invitation.id), within=(Invitation.interview_id == interview.id,))


class HasBlindMode(Protocol):
    """An object with the blind mode of an interview: the interview itself, or a row of a query."""

    @property
    def blind(self) -> str:
        """A value of BlindMode."""
        ...


def is_blind(interview: HasBlindMode) -> bool:
    """Return whether the identity of candidates is hidden from reviewers of this interview."""
    return interview.blind != BlindMode.OFF


def shown_name(interview: HasBlindMode, attempt_id: str, name: str, reference: str | None = None) -> str:
    """Return the name that reviewers see for a candidate: name and reference, or a neutral label in blind review.

    Callers that show the reference in a separate column leave out `reference`.
    """
    if is_blind(interview):
        return _("Candidate %(label)s", label=neutral_label(attempt_id))
    return named(name, reference) if reference else name


def shown_reference(interview: HasBlindMode, attempt_id: str, reference: str) -> str:
    """Return the unique reference that reviewers see for a candidate or, in blind review, the neutral label."""
    return neutral_label(attempt_id) if is_blind(interview) else reference


def name_of(answer: Answer) -> str:
    """Return the name that reviewers see for the candidate who gave an answer."""
    invitation = answer.attempt.invitation
    return shown_name(invitation.interview, answer.attempt_id, invitation.candidate_name, invitation.reference)


def file_words(answer: Answer) -> tuple[object, ...]:
    """Return the words of a file name for an answer: the candidate as shown to reviewers, and the question number."""
    invitation = answer.attempt.invitation
    name = "candidate" if is_blind(invitation.interview) else invitation.candidate_name
    reference = shown_reference(invitation.interview, answer.attempt_id, invitation.reference)
    return name, reference, "question", answer.question_number


def may_play(answer: Answer) -> bool:
    """Return whether reviewers may play the recording of an answer. The server sends no other recordings."""
    media = answer.take.media if answer.take else None
    return media is None or hears_media(media)


def find_answer(session: Session, user: StaffUser, answer_id: str) -> Answer:
    """Return an answer that was sent, with its take and media.

    Raises NotFoundError if the answer does not exist, or this reviewer is not assigned to its interview.
    """
    values = {"answer_id": answer_id, "user_id": user.id}
    answer = session.scalars(_sent_answer(), values).unique().one_or_none()
    if answer is None or (answer.take is not None and answer.take.removed_at is not None):
        raise NotFoundError()
    return answer


@cache
def _sent_answer() -> Select[Answer]:
    """Return the query of `find_answer`. It is built once, because building it takes as long as running it."""
    is_theirs = InterviewReviewer.user_id == bindparam("user_id")
    return (
        select(Answer)
        .join(Answer.attempt)
        .join(Attempt.invitation)
        .join(Invitation.interview)
        .join(Answer.question)
        .join(InterviewReviewer, InterviewReviewer.interview_id == Invitation.interview_id)
        .outerjoin(Answer.take)
        .where(Answer.id == bindparam("answer_id"), is_theirs, Attempt.submitted_at.is_not(None))
        .options(
            contains_eager(Answer.question),
            contains_eager(Answer.attempt).undefer(Attempt.asked),
            contains_eager(Answer.attempt).contains_eager(Attempt.invitation).contains_eager(Invitation.interview),
            contains_eager(Answer.take).joinedload(Take.media),
            contains_eager(Answer.take).joinedload(Take.stages),
        )
    )

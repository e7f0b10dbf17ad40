"""Start, stop, choose and find takes. Other packages import the services of `recording` from here."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import StaffUser
from app.audit import Actor, AuditAction, record
from app.errors import ConflictError, NotFoundError
from app.interviews import services as interviews
from app.interviews.models import Attempt, InterviewReviewer, Invitation
from app.recording.abandoned import (
    ORPHAN_AGE,
    abandoned_takes,
    end_take,
    media_without_rows,
    orphaned_parts,
)
from app.recording.answers import choose
from app.recording.completion import (
    add_report,
    announce,
    bytes_of,
    complete_if_ready,
    is_awaited,
    is_choosable,
    lock_take,
    lock_takes,
    remove_take,
    stop,
)
from app.recording.models import Answer, Media, Take, TakeKind, Upload, UploadPart
from app.recording.question_status import QuestionTask, answers_of, find_task, takes_of, task_list
from app.recording.recorder_reports import StopReport
from app.recording.starting import (
    TakeChange,
    belongs_to,
    closed,
    continue_take,
    find_question,
    record_retake,
    recover_take,
    require_new_take,
    start_take,
)
from app.recording.unsent import due_for_check, postpone_check, send_unsent, unsent_attempts
from app.recording.upload.incoming import Received
from app.recording.upload.incoming import discard as delete_keys

__all__ = [
    "ORPHAN_AGE",
    "QuestionTask",
    "TakeChange",
    "abandoned_takes",
    "add_file",
    "choose_newest_takes",
    "choose_take",
    "continue_take",
    "delete_keys",
    "due_for_check",
    "end_take",
    "find_media_for_reviewer",
    "find_question",
    "find_take_for_candidate",
    "find_task",
    "lock_takes",
    "media_without_rows",
    "open_answers",
    "orphaned_parts",
    "postpone_check",
    "recover_take",
    "remove_take",
    "remove_takes_not_chosen",
    "require_new_take",
    "send_unsent",
    "start_take",
    "stop_take",
    "takes_not_chosen",
    "task_list",
    "unsent_attempts",
]


def stop_take(session: Session, attempt_id: str, take_id: str, report: StopReport, *, now: datetime) -> TakeChange:
    """Record the stop report of a recorder, and complete the take if everything has arrived.

    The report may arrive before, between or after the parts, and before or after choosing and sending. A second report
    adds to the first. A take that was stopped with nothing recorded is removed, so that it does not use up a retake. A
    recording that is longer than its limit is kept whole. If another recorder has continued the take, a report from the
    first one is ignored, unless the candidate chose to keep the take as far as it was recorded.

    The caller must have locked the attempt. Raises NotFoundError if the take does not belong to it, and
    InvalidReportError if the reports name too many segments.
    """
    take = _lock_own_take(session, attempt_id, take_id)
    if take.removed_at is not None:
        return TakeChange(take)
    if take.stopped_at is not None:
        return TakeChange(take, became_complete=add_report(session, take, report, now=now))
    if not report.kept and not belongs_to(take, report.recorder):
        return TakeChange(take)
    nothing = report.segments is not None and not any(segment.bytes for segment in report.segments)
    if nothing and not bytes_of(take):
        if belongs_to(take, report.recorder):
            remove_take(session, take, why="empty", actor=_candidate(attempt_id), now=now)
        return TakeChange(take)
    announce(take, report)
    take.is_cut = report.kept
    stop(session, take, recorded_ms=report.recorded_ms, actor=_candidate(attempt_id), now=now)
    if interviews.accepts_recording(take.attempt, now):
        _record_retake_offered(session, take, now)
    return TakeChange(take, became_complete=complete_if_ready(session, take, now=now))


def choose_take(session: Session, attempt: Attempt, take_id: str, *, now: datetime) -> Take:
    """Make a take the answer to its question. The choice can be changed until sending, even after the deadline.

    Choosing does not end an upload: the bytes that the recorder still holds continue to arrive. Raises NotFoundError if
    the take does not belong to the attempt, and ConflictError if the answers were sent or the take contains nothing.
    """
    if attempt.submitted_at is not None:
        raise closed(attempt)
    take = _lock_own_take(session, attempt.id, take_id)
    if take.removed_at is not None:
        raise NotFoundError()
    if not is_choosable(take):
        raise ConflictError(_("This recording cannot be used as an answer."), next_step=_("Choose another recording."))
    choose(session, take, actor=_candidate(attempt.id), now=now)
    return take


def choose_newest_takes(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """For each question without an answer, choose the newest take that can be watched, so that sending loses nothing.

    If there is no such take, choose one of which no bytes have arrived yet, because its recorder may still send it.
    """
    for task in task_list(session, attempt):
        if task.to_send is None or task.is_answered:
            continue
        take = _lock_own_take(session, attempt.id, task.to_send.id)
        if is_choosable(take) or is_awaited(take):
            choose(session, take, actor=_candidate(attempt.id), now=now)


def add_file(
    session: Session,
    attempt: Attempt,
    question_id: str,
    upload_id: str,
    received: Received,
    *,
    kind: TakeKind = TakeKind.FILE,
    expiry: timedelta,
    now: datetime,
) -> Take:
    """Make a complete take from a file that is already in storage. Raises the errors of `require_new_take`."""
    take = start_take(session, attempt, question_id, kind, now=now).take
    record_retake(session, take, now=now)
    upload = Upload(id=upload_id, take_id=take.id, segment=1, offset=received.size, length=received.size)
    upload.created_at, upload.active_at, upload.expires_at = now, now, now + expiry
    upload.parts = [
        UploadPart(start=part.start, size=part.size, sha256=part.sha256, key=part.key) for part in received.parts
    ]
    session.add(upload)
    session.flush()
    session.refresh(take, ["uploads"])
    stop(session, take, recorded_ms=None, actor=_candidate(attempt.id), now=now)
    complete_if_ready(session, take, now=now)
    return take


def takes_not_chosen(session: Session, attempt: Attempt) -> list[Take]:
    """Return the takes of an attempt that were not removed and are not answers."""
    chosen = {answer.take_id for answer in answers_of(session, attempt.id)}
    return [take for take in takes_of(session, attempt.id) if take.removed_at is None and take.id not in chosen]


def remove_takes_not_chosen(session: Session, attempt: Attempt, *, now: datetime) -> list[str]:
    """Remove the takes that are not answers. Returns the storage keys to delete after the commit.

    The numbers of these takes remain in their rows and in the audit log.
    """
    actor = _candidate(attempt.id)
    found = takes_not_chosen(session, attempt)
    return [key for take in found for key in remove_take(session, take, why="not chosen", actor=actor, now=now)]


def open_answers(session: Session, attempt_id: str) -> list[str]:
    """Return the ids of the takes that are answers of this attempt and still accept bytes."""
    query = select(Take.id).join(Answer, Answer.take_id == Take.id).where(Answer.attempt_id == attempt_id)
    return list(session.scalars(query.where(Take.closed_at.is_(None), Take.removed_at.is_(None)).order_by(Take.id)))


def find_take_for_candidate(session: Session, attempt_id: str | None, take_id: str) -> Take:
    """Return a take of this attempt. Raises NotFoundError if it does not exist, was removed or belongs to someone else."""
    take = session.get(Take, take_id)
    if take is None or take.attempt_id != attempt_id or take.removed_at is not None:
        raise NotFoundError()
    return take


def find_media_for_reviewer(session: Session, user: StaffUser, take_id: str) -> Media:
    """Return the file of a take that was chosen and sent, for a reviewer who is assigned to its interview.

    Raises NotFoundError if there is no such take, or the reviewer is not assigned.
    """
    media = session.scalar(
        select(Media)
        .join(Media.take)
        .join(Answer, Answer.take_id == Take.id)
        .join(Take.attempt)
        .join(Attempt.invitation)
        .join(InterviewReviewer, InterviewReviewer.interview_id == Invitation.interview_id)
        .where(Media.take_id == take_id, InterviewReviewer.user_id == user.id)
        .where(Attempt.submitted_at.is_not(None), Take.removed_at.is_(None))
    )
    if media is None:
        raise NotFoundError()
    return media


def _record(session: Session, action: AuditAction, attempt_id: str, now: datetime, **details: str | int | None) -> None:
    record(session, action, actor=_candidate(attempt_id), subject=("attempt", attempt_id), now=now, **details)


def _record_retake_offered(session: Session, take: Take, now: datetime) -> None:
    left = find_task(session, take.attempt, take.question_id).remaining_takes
    if left != 0:
        number = take.question.position
        _record(
            session, AuditAction.RETAKE_OFFERED, take.attempt_id, now,
            question=take.question_id, question_number=number, left=left,
        )  # fmt: skip


def _lock_own_take(session: Session, attempt_id: str, take_id: str) -> Take:
    take = session.get(Take, take_id)
    if take is None or take.attempt_id != attempt_id:
        raise NotFoundError()
    return lock_take(session, take_id) or take


def _candidate(attempt_id: str) -> Actor:
    return Actor("candidate", attempt_id)

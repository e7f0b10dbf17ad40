"""Sent answers whose captions a person has to make, and who may make them.

A person is needed if the speech model did not understand the recording, if it failed, or if it heard no speech and
reviewers may not hear the recording, as in signed answers of a blind review. Reviewers who may hear a recording can
caption it on their own pages. Coordinators have a list of all these answers, and may hear the recordings in it. They
may not if they review the interview: then blind review decides what they hear.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, and_, exists, or_, select, text, union_all
from sqlalchemy.orm import Session, contains_eager, selectinload

from app.accounts.models import Role, StaffUser
from app.captions.models import AWAITS_PERSON, CaptionTrack
from app.captions.verdicts import Verdict
from app.errors import NotFoundError
from app.interviews.models import Attempt, BlindMode, Interview, InterviewReviewer, Invitation
from app.keyset import START, Count, Order, Page, Place, count_of, page_of
from app.recording.blind_playback import hears_media
from app.recording.models import Answer, Media, Stage, StageRun, StageState, Take
from app.recording.processing import TakeState, state_of
from app.recording.services import find_media_for_reviewer

OLDEST = Order((Take.started_at, Take.id))
_CURRENT = and_(CaptionTrack.take_id == Take.id, CaptionTrack.is_current)
_IS_UNHEARD = or_(
    Interview.blind == str(BlindMode.TEXT),
    and_(Interview.blind == str(BlindMode.VOICE), Media.has_video, Media.sound_key.is_(None)),
)
"""The condition for recordings that reviewers may not hear: not `blind_playback.hears_media`."""
_HAS_FAILED = exists().where(
    StageRun.take_id == Take.id, StageRun.stage == str(Stage.TRANSCRIBE), StageRun.state == str(StageState.FAILED)
)
_IS_DOUBTED = CaptionTrack.verdict == str(Verdict.NOT_UNDERSTOOD)
_IS_NEEDED = or_(
    and_(CaptionTrack.id.is_(None), _HAS_FAILED),
    and_(CaptionTrack.checked_at.is_(None), or_(_IS_DOUBTED, and_(CaptionTrack.is_empty, _IS_UNHEARD))),
)
"""`is_needed` as a condition. If there are no captions, all columns of the outer join are NULL."""


@dataclass(frozen=True, slots=True)
class NeededCaptions:
    """An answer that needs captions by a person, and its current captions (None if the speech model failed)."""

    answer: Answer
    track: CaptionTrack | None


def is_needed(take: Take, track: CaptionTrack | None) -> bool:
    """Return whether a person has to make the captions of a sent recording. `track` are its current captions."""
    if take.media is None or take.removed_at is not None:
        return False
    if track is None:
        return state_of(take) == TakeState.CAPTIONS_FAILED
    if track.checked_at is not None:
        return False
    return track.is_withheld or (track.is_empty and not hears_media(take.media))


def has_nothing_to_judge(take: Take | None, track: CaptionTrack | None) -> bool:
    """Return whether reviewers can neither hear a recording nor read it. `track` are its current captions.

    This ends when a person has captioned it, or has confirmed that nothing is said in it.
    """
    if take is None or take.media is None or hears_media(take.media):
        return False
    return track is None or track.is_withheld or (track.is_empty and track.checked_at is None)


def needed_among(session: Session, take_ids: Collection[str]) -> set[str]:
    """Return those of these takes for which `is_needed` is true."""
    if not take_ids:
        return set()
    query = _sent().where(Take.id.in_(take_ids), _IS_NEEDED)
    return set(session.scalars(query.with_only_columns(Take.id)))


def needed_in(session: Session, interview_id: str) -> set[str]:
    """Return the takes of an interview for which `is_needed` is true."""
    query = _waiting().where(Attempt.interview_id == interview_id)
    return set(session.scalars(query.with_only_columns(Take.id)))


def needed_captions(session: Session, user: StaffUser, place: Place = START) -> tuple[Page[NeededCaptions], Count]:
    """Return a page of the answers that this coordinator may caption, oldest recording first, and their number."""
    query = _waiting().where(Attempt.interview_id.not_in(_reviewed(user)))
    options = (
        contains_eager(Answer.take).contains_eager(Take.media),
        contains_eager(Answer.take).selectinload(Take.stages),
        contains_eager(Answer.attempt).contains_eager(Attempt.invitation).contains_eager(Invitation.interview),
        selectinload(Answer.question),
    )
    page = page_of(session, query.options(*options), OLDEST, place)
    return page.map(lambda row: NeededCaptions(row[0], row[1])), count_of(session, query)


def count_reviewed(session: Session, user: StaffUser, interview_id: str | None = None) -> Count:
    """Return the number of answers that need captions in the interviews that this person reviews, or in one of them."""
    query = _waiting().where(Attempt.interview_id.in_(_reviewed(user)))
    return count_of(session, query.where(Attempt.interview_id == interview_id) if interview_id else query)


def find_media_for_staff(session: Session, user: StaffUser, take_id: str) -> tuple[Media, bool]:
    """Return the file of a sent recording for a reviewer of its interview or for a captioner, and whether it is for a captioner.

    Raises NotFoundError for everybody else.
    """
    try:
        return find_media_for_reviewer(session, user, take_id), False
    except NotFoundError:
        return find_media_for_captioner(session, user, take_id), True


def find_media_for_captioner(session: Session, user: StaffUser, take_id: str) -> Media:
    """Return the file of a sent recording for a coordinator who makes its captions.

    They keep it after they have saved or checked the current version, so that they can correct their own mistakes.
    Raises NotFoundError for other recordings, for people who are no coordinators, and for reviewers of the interview.
    """
    if Role.COORDINATOR not in user.roles:
        raise NotFoundError()
    is_theirs = or_(CaptionTrack.author_id == user.id, CaptionTrack.checked_by_id == user.id)
    query = _sent().where(Take.id == take_id, Attempt.interview_id.not_in(_reviewed(user)))
    media = session.scalar(query.where(or_(is_theirs, _IS_NEEDED)).with_only_columns(Media))
    if media is None:
        raise NotFoundError()
    return media


def _waiting() -> Select[Answer, CaptionTrack]:
    """Select the answers for which a person is needed. They are looked up in two partial indexes."""
    doubted = select(CaptionTrack.take_id).where(text(AWAITS_PERSON))
    failed = select(StageRun.take_id).where(StageRun.stage == str(Stage.TRANSCRIBE), text("state = 'failed'"))
    found = union_all(doubted, failed).subquery()
    return _sent().where(Take.id.in_(select(found.c.take_id)), _IS_NEEDED)


def _sent() -> Select[Answer, CaptionTrack]:
    return (
        select(Answer, CaptionTrack)
        .join(Answer.take)
        .join(Take.media)
        .join(Answer.attempt)
        .join(Attempt.invitation)
        .join(Invitation.interview)
        .outerjoin(CaptionTrack, _CURRENT)
        .where(Attempt.submitted_at.is_not(None), Take.removed_at.is_(None))
    )


def _reviewed(user: StaffUser) -> Select[str]:
    return select(InterviewReviewer.interview_id).where(InterviewReviewer.user_id == user.id)

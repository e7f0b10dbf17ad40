"""The queue of question media that must be encoded: claimed with a lease, and published when it is ready.

New media is published only while no candidate has answered the question, so that every candidate gets the same
question.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from app.audit import Actor, AuditAction, record
from app.captions.models import QuestionMedia, QuestionMediaEncoding
from app.captions.question_versions import MediaPlace, MediaRole
from app.errors import ConflictError
from app.interviews.models import Interview, Question
from app.media.facts import CodecCheck, MediaFile
from app.recording import leases
from app.recording.in_use import questions_in_use
from app.recording.leases import LeaseLostError
from app.recording.older import UNKNOWN
from app.recording.stages import StageState

WORKER = Actor("system", "encode")
IN_USE = "question in use"
"""The stored reason why new media was not published: a candidate answered the question before the media was ready."""


@dataclass(frozen=True, slots=True)
class QuestionMediaClaim:
    """The right of this process to encode one media file of a question, with the data that the encoding needs."""

    place: MediaPlace
    lease: str
    source_key: str
    has_video: bool
    has_captions: bool
    """False means that the file has no sound. A video without sound may also have captions."""
    lane: int


@dataclass(frozen=True, slots=True)
class EncodedQuestionMedia:
    """A stored media file that every browser plays, with copies of the upload. It has no database row yet."""

    part: MediaFile
    key: str
    size: int
    original_keys: Sequence[str]

    @property
    def keys(self) -> list[str]:
        """The storage keys of all files that were written."""
        return [self.key, *self.original_keys]


def find(session: Session, place: MediaPlace) -> QuestionMediaEncoding | None:
    """Return the row for media of a question whose encoding is not finished or has failed, or None."""
    return session.get(QuestionMediaEncoding, place)


def of_interview(session: Session, interview_id: str) -> dict[str, list[QuestionMediaEncoding]]:
    """Return the rows for media of an interview whose encoding is not finished or has failed, by question id."""
    query = select(QuestionMediaEncoding).join(Question, Question.id == QuestionMediaEncoding.question_id)
    rows = list(
        session.scalars(query.where(Question.interview_id == interview_id).order_by(QuestionMediaEncoding.role))
    )
    return {each.question_id: [row for row in rows if row.question_id == each.question_id] for each in rows}


def require_none_coming(session: Session, interview: Interview) -> None:
    """Raise ConflictError if new media of an interview is still being encoded, so that no candidate misses the media."""
    found = of_interview(session, interview.id)
    waiting = {id for id, rows in found.items() if any(is_coming(each) and not each.is_shown for each in rows)}
    coming = [each for each in interview.questions if each.id in waiting]
    if coming:
        raise ConflictError(
            _("The video or sound of question %(number)s is still being prepared.", number=coming[0].position),
            title=_("Not all questions are ready"),
            next_step=_("Open the interview when it is ready, or remove that file."),
        )


def is_coming(encoding: QuestionMediaEncoding | None) -> bool:
    """Return whether media waits to be encoded or is being encoded. False if the encoding has failed."""
    return encoding is not None and encoding.state != StageState.FAILED


def discard(session: Session, place: MediaPlace) -> list[str]:
    """Discard media of a question whose encoding is not finished or has failed, and return the storage keys to delete.

    A worker that is encoding the media loses its lease. Media that the question already shows is kept, and is inspected
    again later (`uninspected`) if no other media replaces it.
    """
    encoding, media = find(session, place), session.get(QuestionMedia, place)
    if encoding is None:
        return []
    if encoding.is_shown and media is not None:
        media.codecs = None
    session.delete(encoding)
    session.flush()
    return [] if encoding.is_shown else [encoding.source_key]


def uninspected(session: Session, *, without: Collection[str], limit: int) -> list[str]:
    """Return the ids of questions whose media has unknown codecs, except those in `without`.

    Such media was stored before the worker encoded videos. If newer media was chosen, the older media is not returned
    until the newer media is published or removed. Only main versions are that old.
    """
    has_newer = exists().where(
        QuestionMediaEncoding.question_id == QuestionMedia.question_id, QuestionMediaEncoding.role == QuestionMedia.role
    )
    query = select(QuestionMedia.question_id).where(QuestionMedia.codecs.is_(None), ~has_newer)
    query = query.where(QuestionMedia.role == MediaRole.MAIN)
    query = query.where(QuestionMedia.question_id.not_in(without))
    return list(session.scalars(query.order_by(QuestionMedia.question_id).limit(limit)))


def shown_key(session: Session, question_id: str) -> str | None:
    """Return the storage key of the main version that a question shows, or None if it has none."""
    media = session.get(QuestionMedia, MediaPlace(question_id))
    return media.key if media else None


def save_inspection(session: Session, question_id: str, key: str, look: CodecCheck | None, *, now: datetime) -> None:
    """Store the codecs of a question's main version, and queue the file if some browsers cannot play it.

    `look` is None for unreadable files. Does nothing if the question shows another file now, if newer media waits to be
    encoded, or if the codecs are already known.
    """
    session.scalar(select(Question.id).where(Question.id == question_id).with_for_update())
    place = MediaPlace(question_id)
    media = session.get(QuestionMedia, place, populate_existing=True)
    if media is None or media.key != key or media.codecs is not None or find(session, place) is not None:
        return
    media.codecs = look.codecs if look else UNKNOWN
    if look and not look.plays_everywhere:
        session.add(
            QuestionMediaEncoding(
                question_id=question_id, source_key=key, duration_ms=media.duration_ms, has_video=media.has_video,
                captions=media.captions, is_shown=True, made_at=media.made_at, updated_at=now,
            )
        )  # fmt: skip
    session.flush()


def encoding_order(session: Session, *, now: datetime) -> list[tuple[int, datetime, MediaPlace]]:
    """Return the waiting media in order, as (lane, time that decides the order, place).

    This time is the time of queueing plus the duration of the file, so shorter files come earlier, as for answers.
    """
    query = select(QuestionMediaEncoding).where(leases.is_due(QuestionMediaEncoding, now=now))
    return sorted(
        (each.lane, each.updated_at + timedelta(milliseconds=each.duration_ms), each.place)
        for each in session.scalars(query)
    )


def claim(session: Session, place: MediaPlace, lane: int, *, now: datetime) -> QuestionMediaClaim | None:
    """Claim a media file of a question for encoding. Returns None if no media waits or another process has claimed it."""
    lease = leases.claim(session, QuestionMediaEncoding, _of(place), now=now)
    if lease is None:
        return None
    has_captions = QuestionMediaEncoding.captions.is_not(None)
    chosen = select(QuestionMediaEncoding.source_key, QuestionMediaEncoding.has_video, has_captions).where(_of(place))
    return QuestionMediaClaim(place, lease, *session.execute(chosen).one(), lane)


def renew_lease(session: Session, held: QuestionMediaClaim, *, now: datetime) -> None:
    """Renew the lease while the media is being encoded. Raises LeaseLostError if another process has taken over."""
    _write(session, held, lease_until=now + leases.LEASE, updated_at=now)


def note_percent(session: Session, held: QuestionMediaClaim, percent: int) -> None:
    """Store the progress of the encoding. Raises LeaseLostError if another process has taken over."""
    _write(session, held, percent=percent)


def put_back(session: Session, held: QuestionMediaClaim, lane: int, *, now: datetime) -> None:
    """Return media to the queue, in `lane`, which is for longer encodings.

    The interrupted encoding does not count as an attempt. Raises LeaseLostError if another process has taken over.
    """
    waits = leases.release(StageState.PENDING, now=now, lane=lane, attempts=QuestionMediaEncoding.attempts - 1)
    _write(session, held, **waits)


def fail(
    session: Session, held: QuestionMediaClaim, problem: str, *, now: datetime, retry: bool, is_counted: bool = True
) -> None:
    """Store why the encoding failed. With `retry`, the media is queued again until all attempts are used.

    An attempt that is not counted leaves their number unchanged. Raises LeaseLostError if another process has taken over.
    """
    encoding = _locked(session, held)
    _write(session, held, **leases.failed(encoding, problem, now=now, retry=retry, is_counted=is_counted))


def publish(session: Session, held: QuestionMediaClaim, made: EncodedQuestionMedia, *, now: datetime) -> list[str]:
    """Put the encoded file into its place on the question, and return the storage keys to delete.

    If a candidate has answered the question, new media is not published; a new encoding of media that the question
    already shows is published in any case. A copy of the upload is kept for download. Raises LeaseLostError if another
    process has taken over.
    """
    encoding = _locked(session, held)
    question = session.get_one(Question, held.place.question_id)
    if not encoding.is_shown and question.id in questions_in_use(session, question.interview_id):
        _write(session, held, **leases.release(StageState.FAILED, now=now, problem=IN_USE))
        return made.keys
    before = session.get(QuestionMedia, held.place)
    replaced = [] if before is None else before.keys
    originals = list(made.original_keys)
    if encoding.is_shown or not originals:  # the source file is the only complete copy of the upload
        replaced += originals
        originals = [encoding.source_key]
    elif encoding.source_key not in originals:
        replaced.append(encoding.source_key)
    if before is not None:
        session.delete(before)
    session.delete(encoding)
    session.flush()
    part = made.part
    session.add(
        QuestionMedia(
            question_id=question.id,
            role=held.place.role,
            key=made.key,
            content_type=part.content_type,
            size=made.size,
            duration_ms=part.duration_ms,
            has_video=part.video_codec is not None,
            has_audio=part.audio_codec is not None and encoding.captions is not None,
            captions=encoding.captions,
            original_keys=originals,
            uploaded_key=encoding.source_key,
            codecs=part.codecs,
            made_at=now,
        )
    )
    session.flush()
    interview = question.interview
    record(
        session, AuditAction.INTERVIEW_CHANGED, actor=WORKER, subject=("interview", interview.id), now=now,
        questions=len(interview.questions), state=str(interview.state),
    )  # fmt: skip
    return [key for key in replaced if key not in originals]


def published_keys(session: Session, place: MediaPlace) -> list[str]:
    """Return the storage keys of the media that a question shows at this place.

    The question's row is locked first, so that this waits for a `publish` in progress.
    """
    session.scalar(select(Question.id).where(Question.id == place.question_id).with_for_update())
    media = session.get(QuestionMedia, place, populate_existing=True)
    return media.keys if media else []


def _locked(session: Session, held: QuestionMediaClaim) -> QuestionMediaEncoding:
    """Return the row of the claimed media.

    The question is locked first, so that no candidate answers the question meanwhile. Raises LeaseLostError if another
    process has taken over.
    """
    session.scalar(select(Question.id).where(Question.id == held.place.question_id).with_for_update())
    encoding = session.scalar(
        select(QuestionMediaEncoding)
        .where(_of(held.place), QuestionMediaEncoding.lease == held.lease)
        .execution_options(populate_existing=True)
    )
    if encoding is None:
        raise LeaseLostError(held.place.question_id)
    return encoding


def _of(place: MediaPlace) -> ColumnElement[bool]:
    return and_(QuestionMediaEncoding.question_id == place.question_id, QuestionMediaEncoding.role == place.role)


def _write(session: Session, held: QuestionMediaClaim, **values: object) -> None:
    leases.write(session, QuestionMediaEncoding, _of(held.place), held=held.lease, **values)

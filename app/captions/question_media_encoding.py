"""Films of questions that wait to be encoded again, as answers do: claimed, held by a lease, published when they are ready.

What is ready becomes the question's only while nobody has answered it: what is asked stays the same for everyone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.audit import Actor, AuditAction, record
from app.captions.models import PromptEncoding, PromptMedia
from app.errors import ConflictError
from app.interviews.models import Interview, Question
from app.media.facts import Look, MediaFile
from app.recording import leases
from app.recording.in_use import questions_in_use
from app.recording.leases import LeaseLostError
from app.recording.older import UNKNOWN
from app.recording.stages import StageState

WORKER = Actor("system", "encode")
IN_USE = "question in use"
"""Why a film is not published: somebody answered the question before it was ready."""


@dataclass(frozen=True, slots=True)
class PromptClaim:
    """A film that this process encodes, and its storage key."""

    question_id: str
    lease: str
    source_key: str
    has_video: bool
    has_captions: bool
    """False: there is no sound in it. Silent films may have captions too."""
    lane: int


@dataclass(frozen=True, slots=True)
class EncodedPrompt:
    """A film that every browser plays, lying in storage and not in the database yet, with copies of what was uploaded."""

    part: MediaFile
    key: str
    size: int
    original_keys: Sequence[str]

    @property
    def keys(self) -> list[str]:
        """The objects that were written."""
        return [self.key, *self.original_keys]


def find(session: Session, question_id: str) -> PromptEncoding | None:
    """Return the film of a question that is not ready, or could not be made."""
    return session.get(PromptEncoding, question_id)


def of_interview(session: Session, interview_id: str) -> dict[str, PromptEncoding]:
    """Return the films that are not ready, by question."""
    query = select(PromptEncoding).join(Question, Question.id == PromptEncoding.question_id)
    return {each.question_id: each for each in session.scalars(query.where(Question.interview_id == interview_id))}


def require_none_coming(session: Session, interview: Interview) -> None:
    """Raise ConflictError while a film of an interview is not ready, so that no candidate meets its question without it."""
    films = of_interview(session, interview.id)
    coming = [each for each in interview.questions if is_coming(films.get(each.id)) and not films[each.id].is_shown]
    if coming:
        raise ConflictError(
            _("The video or sound of question %(number)s is still being prepared.", number=coming[0].position),
            title=_("Not all questions are ready"),
            next_step=_("Open the interview when it is ready, or remove that file."),
        )


def is_coming(encoding: PromptEncoding | None) -> bool:
    """Whether a film is still to be published, or replaced by one that every browser plays."""
    return encoding is not None and encoding.state != StageState.FAILED


def discard(session: Session, question_id: str) -> list[str]:
    """Forget a film that is not ready; returns the keys to delete. A worker that encodes it loses its lease by this.

    A film that is shown while it waits stays. It will be looked at again (`not_looked_at`) where nothing takes its place.
    """
    encoding, media = find(session, question_id), session.get(PromptMedia, question_id)
    if encoding is None:
        return []
    if encoding.is_shown and media is not None:
        media.codecs = None
    session.delete(encoding)
    session.flush()
    return [] if encoding.is_shown else [encoding.source_key]


def not_looked_at(session: Session, *, without: Collection[str], limit: int) -> list[str]:
    """Return questions whose film is from before films were encoded again, and of which nobody knows the codecs.

    Where a newer film was chosen, the older one waits until that is published or removed.
    """
    has_newer = exists().where(PromptEncoding.question_id == PromptMedia.question_id)
    query = select(PromptMedia.question_id).where(PromptMedia.codecs.is_(None), ~has_newer)
    query = query.where(PromptMedia.question_id.not_in(without))
    return list(session.scalars(query.order_by(PromptMedia.question_id).limit(limit)))


def shown_key(session: Session, question_id: str) -> str | None:
    """Return where the film of a question lies; None where it has none."""
    return session.scalar(select(PromptMedia.key).where(PromptMedia.question_id == question_id))


def note_look(session: Session, question_id: str, key: str, look: Look | None, *, now: datetime) -> None:
    """Store the codecs of a film (`look` None: it cannot be read), and queue it for encoding if some browsers cannot play it.

    Does nothing if the question has another film by now, or a newer one that waits, or if its codecs are known.
    """
    session.scalar(select(Question.id).where(Question.id == question_id).with_for_update())
    media = session.get(PromptMedia, question_id, populate_existing=True)
    if media is None or media.key != key or media.codecs is not None or find(session, question_id) is not None:
        return
    media.codecs = look.codecs if look else UNKNOWN
    if look and not look.plays_everywhere:
        session.add(
            PromptEncoding(
                question_id=question_id, source_key=key, duration_ms=media.duration_ms, has_video=media.has_video,
                captions=media.captions, is_shown=True, made_at=media.made_at, updated_at=now,
            )
        )  # fmt: skip
    session.flush()


def encoding_order(session: Session, *, now: datetime) -> list[tuple[int, datetime, str]]:
    """Return (lane, turn, question id) of the films that wait. Short ones come before long ones, as answers do."""
    query = select(PromptEncoding).where(leases.is_due(PromptEncoding, now=now))
    return sorted(
        (each.lane, each.updated_at + timedelta(milliseconds=each.duration_ms), each.question_id)
        for each in session.scalars(query)
    )


def claim(session: Session, question_id: str, lane: int, *, now: datetime) -> PromptClaim | None:
    """Claim a film that waits. None: there is nothing to do."""
    lease = leases.claim(session, PromptEncoding, _of(question_id), now=now)
    if lease is None:
        return None
    has_captions = PromptEncoding.captions.is_not(None)
    film = select(PromptEncoding.source_key, PromptEncoding.has_video, has_captions).where(_of(question_id))
    return PromptClaim(question_id, lease, *session.execute(film).one(), lane)


def renew_lease(session: Session, held: PromptClaim, *, now: datetime) -> None:
    """Renew the lease while the work continues. Raises LeaseLostError."""
    _write(session, held, lease_until=now + leases.LEASE, updated_at=now)


def note_percent(session: Session, held: PromptClaim, percent: int) -> None:
    """Write how much is encoded. Raises LeaseLostError."""
    _write(session, held, percent=percent)


def put_back(session: Session, held: PromptClaim, lane: int, *, now: datetime) -> None:
    """Make a film wait again, in `lane`, which is for longer work. This does not count as an attempt. Raises LeaseLostError."""
    waits = leases.release(StageState.PENDING, now=now, lane=lane, attempts=PromptEncoding.attempts - 1)
    _write(session, held, **waits)


def fail(session: Session, held: PromptClaim, problem: str, *, now: datetime, retry: bool) -> None:
    """Write why it failed. With `retry` it waits for another attempt while there are any left. Raises LeaseLostError."""
    encoding = _locked(session, held)
    again = retry and encoding.attempts < leases.MAX_ATTEMPTS
    state = StageState.PENDING if again else StageState.FAILED
    _write(session, held, **leases.release(state, now=now, problem=problem[:40]))


def publish(session: Session, held: PromptClaim, made: EncodedPrompt, *, now: datetime) -> list[str]:
    """Make the encoded film the question's film; return the keys to delete. Raises LeaseLostError.

    A new film is not published once the question has been answered; one that is shown already is replaced all the same.
    A copy of what was uploaded is kept, to be downloaded.
    """
    encoding = _locked(session, held)
    question = session.get_one(Question, held.question_id)
    if not encoding.is_shown and question.id in questions_in_use(session, question.interview_id):
        _write(session, held, **leases.release(StageState.FAILED, now=now, problem=IN_USE))
        return made.keys
    before = session.get(PromptMedia, question.id)
    replaced = [] if before is None else before.keys
    originals = list(made.original_keys)
    if encoding.is_shown or not originals:  # the only copy of all that was uploaded
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
        PromptMedia(
            question_id=question.id,
            key=made.key,
            content_type=part.content_type,
            size=made.size,
            duration_ms=part.duration_ms,
            has_video=part.video_codec is not None,
            has_audio=part.audio_codec is not None and encoding.captions is not None,
            captions=encoding.captions,
            original_keys=originals,
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


def published_keys(session: Session, question_id: str) -> list[str]:
    """Return the keys of all files of what a question shows, its row locked first: a `publish` under way is waited for."""
    session.scalar(select(Question.id).where(Question.id == question_id).with_for_update())
    media = session.get(PromptMedia, question_id, populate_existing=True)
    return media.keys if media else []


def _locked(session: Session, held: PromptClaim) -> PromptEncoding:
    """Return the row of a film, its question locked first so that nobody answers it meanwhile. Raises LeaseLostError."""
    session.scalar(select(Question.id).where(Question.id == held.question_id).with_for_update())
    encoding = session.scalar(
        select(PromptEncoding)
        .where(_of(held.question_id), PromptEncoding.lease == held.lease)
        .execution_options(populate_existing=True)
    )
    if encoding is None:
        raise LeaseLostError(held.question_id)
    return encoding


def _of(question_id: str) -> ColumnElement[bool]:
    return PromptEncoding.question_id == question_id


def _write(session: Session, held: PromptClaim, **values: object) -> None:
    leases.write(session, PromptEncoding, _of(held.question_id), held=held.lease, **values)

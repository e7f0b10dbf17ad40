"""Make automatic captions again in another language. A candidate or a reviewer requests it, and the worker does it.

The result is a new version. If the current version was made or restored by a person, it stays current and is not
changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.audit import Actor, AuditAction, record
from app.captions.models import CaptionTrack, TrackKind
from app.captions.speech.languages import KNOWN_LANGUAGES
from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.i18n import language_name
from app.recording.completion import lock_take
from app.recording.leases import release
from app.recording.models import Media, Stage, StageRun, StageState, Take, TakeKind

MAX_AUTOMATIC_VERSIONS = 20
"""Maximum number of automatic versions of one take, so that nobody can keep the worker busy forever."""
UNDER_WAY = (StageState.PENDING, StageState.RUNNING, StageState.WAITING_FOR_MODEL)


@dataclass(frozen=True, slots=True)
class LanguageOffer:
    """What a page says about the language of captions, and the languages in which captions can be made again.

    `language` is the language of the newest automatic version (None: unknown). `guessed` is the language that the sound
    is most like, if it is another one, and `percent` is its probability. `is_under_way` is true while captions are
    being made. `asked` is the language that somebody chose, if any. `allowed` (the languages of the question) and
    `others` are (tag, name) pairs.
    """

    language: str | None
    guessed: str | None
    percent: int
    asked: str | None
    is_under_way: bool
    allowed: Sequence[tuple[str, str]]
    others: Sequence[tuple[str, str]]


def offer_for(session: Session, take: Take) -> LanguageOffer | None:
    """Return the language offer for the captions of a take.

    Returns None for a removed recording, an answer in sign language, or a recording without sound.
    """
    media = session.scalar(select(Media).where(Media.take_id == take.id))
    if take.kind == TakeKind.SIGNED or take.removed_at is not None or (media is not None and not media.has_audio):
        return None
    newest = _newest_automatic(session, take.id)
    allowed = take.question.answer_languages
    others = sorted(
        ((tag, language_name(tag)) for tag in KNOWN_LANGUAGES if tag not in allowed), key=lambda one: one[1]
    )
    return LanguageOffer(
        language=newest.language if newest and newest.language != "und" else None,
        guessed=newest.other_guess if newest else None,
        percent=newest.guess_percent if newest else 0,
        asked=take.language,
        is_under_way=_is_under_way(session, take.id),
        allowed=[(tag, language_name(tag)) for tag in allowed],
        others=others,
    )


def make_again(session: Session, take_id: str, language: str, *, actor: Actor, now: datetime) -> bool:
    """Request new captions for a take in a language (BCP 47). Returns whether a transcription must be enqueued.

    A request for the language that the automatic captions already have, or in which they are being made, starts
    nothing. Raises NotFoundError for a removed take, InvalidInputError for a language that the speech model does not
    know and the question does not allow, and ConflictError if the recording has nothing to transcribe or captions have
    been made too often.
    """
    take = lock_take(session, take_id)
    if take is None or take.removed_at is not None:
        raise NotFoundError()
    if language not in KNOWN_LANGUAGES and language not in take.question.answer_languages:
        raise InvalidInputError(_("Choose a language from the list."))
    if offer_for(session, take) is None:
        raise ConflictError(_("There is nothing to hear in this recording, so it gets no automatic captions."))
    if _is_under_way(session, take_id):
        if take.language == language:
            return False
    elif _is_made(session, take_id, language):
        take.language = language
        return False
    if _count_automatic(session, take_id) >= MAX_AUTOMATIC_VERSIONS:
        raise ConflictError(
            _("The captions of this recording have been made again too often."),
            kept=_("All versions of the captions are kept."),
            next_step=_("Choose one of the versions, or correct the captions yourself."),
        )
    take.language = language
    is_to_do = _restart(session, take_id, now=now)
    record(session, AuditAction.CAPTIONS_REQUESTED, actor=actor, subject=("take", take_id), now=now)
    return is_to_do


def _restart(session: Session, take_id: str, *, now: datetime) -> bool:
    """Reset the stage that transcribes a take. A worker that is transcribing loses its lease.

    Returns False if the take has no such stage yet: its captions will be made after the recording has been assembled.
    """
    session.flush()
    run = (StageRun.take_id == take_id, StageRun.stage == str(Stage.TRANSCRIBE))
    fresh = release(StageState.PENDING, now=now, attempts=0, problem=None, percent=None, enqueued_at=None)
    restarted = session.execute(update(StageRun).where(*run).values(**fresh))
    session.execute(delete(StageRun).where(StageRun.take_id == take_id, StageRun.stage == str(Stage.INDEX)))
    return bool(restarted.rowcount)  # type: ignore[attr-defined]


def _is_under_way(session: Session, take_id: str) -> bool:
    stages = (str(Stage.ASSEMBLE), str(Stage.ENCODE), str(Stage.TRANSCRIBE))
    query = select(func.count()).where(
        StageRun.take_id == take_id, StageRun.stage.in_(stages), StageRun.state.in_([str(one) for one in UNDER_WAY])
    )
    return bool(session.scalar(query))


def _is_made(session: Session, take_id: str, language: str) -> bool:
    """Return whether the newest automatic captions are in this language, and the transcription has not failed since."""
    newest, run = _newest_automatic(session, take_id), session.get(StageRun, (take_id, str(Stage.TRANSCRIBE)))
    has_failed = run is not None and run.state == StageState.FAILED
    return newest is not None and newest.language == language and not has_failed


def _newest_automatic(session: Session, take_id: str) -> CaptionTrack | None:
    query = select(CaptionTrack).where(CaptionTrack.take_id == take_id, *_MADE_BY_MACHINE)
    return session.scalar(query.order_by(CaptionTrack.version.desc()).limit(1))


def _count_automatic(session: Session, take_id: str) -> int:
    query = select(func.count()).select_from(CaptionTrack).where(CaptionTrack.take_id == take_id, *_MADE_BY_MACHINE)
    return session.scalar(query) or 0


_MADE_BY_MACHINE = (CaptionTrack.kind == str(TrackKind.AUTOMATIC), CaptionTrack.author_id.is_(None))
"""The condition for versions that the speech model made, except those that a person restored."""

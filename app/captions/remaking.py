"""Make automatic captions again in another language. A candidate or a reviewer requests it, and the worker does it.

The result is a new version. If the current version was made or restored by a person, it stays current and is not
changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import and_, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.audit import Actor, AuditAction, AuditEvent, record
from app.captions.remaking_words import progress_words, result_words, unknown_words
from app.captions.services import current_track, newest_by_model
from app.captions.speech.languages import KNOWN_LANGUAGES, known_among
from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.i18n import language_name
from app.recording.completion import lock_take
from app.recording.leases import GAVE_UP, MAX_ATTEMPTS, release
from app.recording.models import Stage, StageRun, StageState, Take

MAX_REQUESTS = 20
"""Maximum number of requests for one take, for the candidate and for staff each, to protect the worker from overload.
"""
UNDER_WAY = (StageState.PENDING, StageState.RUNNING, StageState.WAITING_FOR_MODEL)


class Outcome(StrEnum):
    """The outcome of a request for captions in a language."""

    TO_DO = "to do"
    UNDER_WAY = "under way"
    """The worker is already making them."""
    WAITS = "waits for the recording"
    """They will be made as soon as the recording is ready."""
    SHOWN = "shown"
    """The current captions are in this language."""
    MADE = "made"
    """The speech model has already made them, but another version is current."""


@dataclass(frozen=True, slots=True)
class RemakingResult:
    """The outcome of a request. If it is MADE, `version` is the number of that version."""

    outcome: Outcome
    version: int | None = None


@dataclass(frozen=True, slots=True)
class LanguageOffer:
    """The text about the language of captions on a page, and the languages in which captions can be made again.

    `words` is the progress or the outcome of a request ("" if the page already shows it). `chosen` is the requested
    language, or else that of the newest automatic version (None: unknown). `languages` are (tag, name) pairs: first
    those of the question, then all others that the speech model knows. `only` is the name of the model's only language,
    if it knows just one. Nothing is offered then.
    """

    words: str
    chosen: str | None
    languages: Sequence[tuple[str, str]]
    only: str | None


def offer_for(session: Session, take: Take, known: Collection[str]) -> LanguageOffer | None:
    """Return the language offer for the captions of a take. `known` are Whisper's names for the model's languages.

    Returns None for a removed recording, an answer in sign language, or a recording without sound.
    """
    if take.removed_at is not None or not take.may_have_speech:
        return None
    newest = newest_by_model(session, take.id)
    is_under_way = _is_under_way(_states(session, take.id))
    allowed = known_among(take.question.answer_languages, known)
    every = known_among(KNOWN_LANGUAGES, known)
    others = sorted(((tag, language_name(tag)) for tag in every if tag not in allowed), key=lambda one: one[1])
    return LanguageOffer(
        words=progress_words(take) if is_under_way else result_words(session, take, current_track(session, take.id)),
        chosen=take.language or (newest.known_language if newest else None),
        languages=[*((tag, language_name(tag)) for tag in allowed), *others],
        only=language_name(every[0]) if len(every) == 1 else None,
    )


def make_again(
    session: Session, take_id: str, language: str, *, known: Collection[str], actor: Actor, now: datetime
) -> RemakingResult:
    """Request new captions for a take in a language (BCP 47). A transcription must be enqueued if the outcome is TO_DO.

    `known` are Whisper's names for the languages of the speech model. A request for the language in which captions
    exist or are being made changes nothing. Raises NotFoundError for a take that was removed, InvalidInputError for a
    language that the form does not offer or the model does not know, and ConflictError if the take can have no captions
    or was asked for too often.
    """
    take = lock_take(session, take_id)
    if take is None or take.removed_at is not None:
        raise NotFoundError()
    if language not in KNOWN_LANGUAGES and language not in take.question.answer_languages:
        raise InvalidInputError(_("Choose a language from the list."))
    if not known_among([language], known):
        raise InvalidInputError(unknown_words(language))
    if not take.may_have_speech:
        raise ConflictError(_("There is nothing to hear in this recording, so it gets no automatic captions."))
    states = _states(session, take_id)
    is_same, is_to_do = take.language == language, Stage.TRANSCRIBE in states
    if not is_to_do and StageState.FAILED in states.values():
        raise ConflictError(_("This recording could not be processed, so it gets no automatic captions."))
    if is_same and _is_under_way(states):
        return RemakingResult(Outcome.UNDER_WAY if is_to_do else Outcome.WAITS)
    if not _is_under_way(states) and states.get(Stage.TRANSCRIBE) != StageState.FAILED:
        made = _made_before(session, take_id, language)
        if made is not None:
            take.language = language
            return made
    _refuse_too_many(session, take_id, actor)
    take.language = language
    _restart(session, take_id, now=now)
    record(session, AuditAction.CAPTIONS_REQUESTED, actor=actor, subject=("take", take_id), now=now)
    return RemakingResult(Outcome.TO_DO if is_to_do else Outcome.WAITS)


def _refuse_too_many(session: Session, take_id: str, actor: Actor) -> None:
    """Raise ConflictError after MAX_REQUESTS by this kind of actor, even if no captions were made."""
    query = select(func.count()).where(
        AuditEvent.subject_id == take_id,
        AuditEvent.action == str(AuditAction.CAPTIONS_REQUESTED),
        AuditEvent.actor_kind == actor.kind,
    )
    if (session.scalar(query) or 0) >= MAX_REQUESTS:
        raise ConflictError(
            _("The captions of this recording have been made again too often."),
            kept=_("All versions of the captions are kept."),
            next_step=_("Choose one of the versions, or correct the captions yourself."),
        )


def _restart(session: Session, take_id: str, *, now: datetime) -> None:
    """Reset the stage that transcribes a take, if there is one yet. A worker that is transcribing loses its lease.

    The attempts of a stage that is unfinished, or that probably kills its workers, are not reset: each request allows
    at most one more.
    """
    session.flush()
    has_ended = StageRun.state.in_([str(StageState.DONE), str(StageState.FAILED)])
    is_harmless = and_(has_ended, or_(StageRun.problem.is_(None), StageRun.problem != GAVE_UP))
    kept = case((StageRun.attempts < MAX_ATTEMPTS, StageRun.attempts), else_=MAX_ATTEMPTS - 1)
    attempts = case((is_harmless, 0), else_=kept)
    run = (StageRun.take_id == take_id, StageRun.stage == str(Stage.TRANSCRIBE))
    fresh = release(StageState.PENDING, now=now, attempts=attempts, problem=None, percent=None, enqueued_at=None)
    session.execute(update(StageRun).where(*run).values(**fresh))
    session.execute(delete(StageRun).where(StageRun.take_id == take_id, StageRun.stage == str(Stage.INDEX)))


def _states(session: Session, take_id: str) -> Mapping[str, str]:
    """Return the states of the stages up to the captions, by stage."""
    stages = [str(stage) for stage in (Stage.ASSEMBLE, Stage.ENCODE, Stage.TRANSCRIBE)]
    query = select(StageRun.stage, StageRun.state).where(StageRun.take_id == take_id, StageRun.stage.in_(stages))
    return dict(iter(session.execute(query)))


def _is_under_way(states: Mapping[str, str]) -> bool:
    """Return whether captions are being made, or wait for the recording. Once the recording is ready, earlier stages do
    not count.
    """
    captions = states.get(Stage.TRANSCRIBE)
    return captions in UNDER_WAY if captions else any(state in UNDER_WAY for state in states.values())


def _made_before(session: Session, take_id: str, language: str) -> RemakingResult | None:
    """Return the reply if captions in this language are current or are the newest that the speech model made."""
    shown, newest = current_track(session, take_id), newest_by_model(session, take_id)
    if shown is not None and shown.language == language:
        return RemakingResult(Outcome.SHOWN)
    if newest is not None and newest.language == language:
        return RemakingResult(Outcome.MADE, newest.version)
    return None

"""The video or sound of a question, beside its text: what is spoken in it has captions, or it is not kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import StaffUser
from app.captions.files.offsets import late_cues
from app.captions.files.vtt import read_vtt, write_vtt
from app.captions.models import PromptMedia
from app.captions.shaping.cues import Cue
from app.ids import new_id
from app.interviews.manage_services import record_change, require_unused
from app.interviews.models import Attempt, Interview, Invitation, Question
from app.media.facts import MediaLimits, MediaRefused, Part, Refusal
from app.media.sandbox import MediaFailed, NeedsEncoding, Prepared, Way, prepare_media
from app.storage import Storage

FOLDER = "prompts"
ORPHAN_AGE = timedelta(days=1)
"""A file without a row may be one whose row is about to be written; never for this long."""
KEYS_AT_ONCE = 500
_KEY = re.compile(rf"{FOLDER}/[a-z2-7]{{26}}/(?:(?P<at>\d+)-)?[a-z2-7]{{26}}/prompt\.\w+")
"""Keys of before 2026-11-23 do not say when they were made."""
LIMITS = MediaLimits(duration_seconds=15 * 60, cpu_seconds=60, wall_seconds=120)
"""A question that takes longer to ask than this is none; and a request waits while the file is looked into."""
ENCODING_LIMITS = replace(LIMITS, cpu_seconds=120, wall_seconds=90)
"""What a request may wait for a file to be encoded again: some minutes of a phone's film."""


class NoPrompt(Exception):
    """A file that cannot be the video or sound of a question; the message says why, for the coordinator."""


@dataclass(frozen=True, slots=True)
class Captions:
    """The captions of a prompt: cues by start, and their language (BCP 47)."""

    cues: Sequence[Cue]
    language: str


@dataclass(frozen=True, slots=True)
class StoredPrompt:
    """The file of a prompt in the storage, and what is in it."""

    key: str
    content_type: str
    size: int
    duration_ms: int
    has_video: bool
    has_audio: bool


def look_into(file: Path, folder: Path) -> Part:
    """Return the one playable file that an upload makes, in an empty folder. Raises NoPrompt."""
    try:
        made = _prepare(file, folder)
    except NeedsEncoding as problem:
        raise NoPrompt(
            _(
                "Some browsers cannot play this file, and converting it here would take too long. Save it as MP4 with H.264 "
                "(on a phone: “Most compatible”) or as WebM, and choose it again."
            )
        ) from problem
    except MediaRefused as refusal:
        reasons: Mapping[str, str] = {
            Refusal.TOO_LONG: _("It is longer than %(minutes)s minutes.", minutes=LIMITS.duration_seconds // 60),
            Refusal.EMPTY: _("This file is empty. Choose another one."),
        }
        unknown = _(
            "This file is not a video or sound that can be read here. Choose an MP4, MOV, WebM, MP3, M4A or WAV file."
        )
        raise NoPrompt(reasons.get(refusal.code, unknown)) from refusal
    except MediaFailed as problem:
        raise NoPrompt(_("This file could not be looked into just now. Try again.")) from problem
    return max(made.parts, key=lambda part: part.duration_ms)


def _prepare(file: Path, folder: Path) -> Prepared:
    """Copy the file into one that every browser plays, or encode it again, while its coordinator waits.

    Raises NeedsEncoding where that would take too long, besides what `prepare_media` raises.
    """
    copied, encoded = folder / "copied", folder / "encoded"
    copied.mkdir()
    encoded.mkdir()
    try:
        return prepare_media([file], copied, LIMITS)
    except NeedsEncoding:
        try:
            return prepare_media([file], encoded, ENCODING_LIMITS, way=Way.ENCODE)
        except MediaRefused as refusal:
            if refusal.code is Refusal.TIMEOUT:
                raise NeedsEncoding from refusal
            raise


def key_for(question_id: str, part: Part, *, now: datetime) -> str:
    """Return a fresh storage key for the file of a prompt. It says when it was made, for `orphaned_files`."""
    return f"{FOLDER}/{question_id}/{int(now.timestamp())}-{new_id()}/prompt{part.path.suffix}"


def save(
    session: Session,
    question: Question,
    stored: StoredPrompt,
    captions: Captions | None,
    *,
    is_in_use: bool,
    actor: StaffUser,
    now: datetime,
) -> list[str]:
    """Give a question its video or sound, which lies in the storage; returns the keys that it replaces.

    Raises QuestionInUse once a candidate has answered it, ValueError for sound without captions, and for captions after
    the end.
    """
    require_unused(is_in_use)
    if stored.has_audio and (captions is None or not captions.cues):
        raise ValueError("a prompt with sound needs captions")
    if captions and late_cues(captions.cues, stored.duration_ms):
        raise ValueError("captions after the end")
    before = find(session, question.id)
    if before is not None and before.key == stored.key:
        return []  # the button was pressed twice
    replaced = _forget(session, question.id)
    session.add(
        PromptMedia(
            question_id=question.id,
            **asdict(stored),
            captions=write_vtt(captions.cues, language=captions.language, notes=()) if captions else None,
            made_at=now,
        )
    )
    record_change(session, question.interview, actor, now)
    return replaced


def remove(session: Session, question: Question, *, is_in_use: bool, actor: StaffUser, now: datetime) -> list[str]:
    """Leave a question with its text alone; returns the keys to delete. Raises QuestionInUse."""
    require_unused(is_in_use)
    replaced = _forget(session, question.id)
    if replaced:
        record_change(session, question.interview, actor, now)
    return replaced


def orphaned_files(session: Session, storage: Storage, *, now: datetime) -> Iterator[str]:
    """Yield the keys of files that a process left which was killed before it wrote their row.

    Writes nothing to the database. What lies in the folder and is no file of a prompt is left alone.
    """
    keys = storage.list(FOLDER)
    while batch := list(islice(keys, KEYS_AT_ONCE)):
        old = {key for key in batch if _is_older(key, now - ORPHAN_AGE)}
        yield from sorted(old - set(session.scalars(select(PromptMedia.key).where(PromptMedia.key.in_(old)))))


def find(session: Session, question_id: str) -> PromptMedia | None:
    """Return the video or sound of a question, for those who write it."""
    return session.get(PromptMedia, question_id)


def find_for_candidate(session: Session, attempt_id: str | None, question_id: str) -> PromptMedia | None:
    """Return it for the candidate of an attempt; None for a question of another interview and for none alike."""
    return session.scalar(
        select(PromptMedia)
        .join(Question, Question.id == PromptMedia.question_id)
        .join(Interview, Interview.id == Question.interview_id)
        .join(Invitation, Invitation.interview_id == Interview.id)
        .join(Attempt, Attempt.invitation_id == Invitation.id)
        .where(PromptMedia.question_id == question_id, Attempt.id == attempt_id)
    )


def transcript(prompt: PromptMedia | None) -> list[str]:
    """Return what is said in it, a caption each."""
    return [cue.text for cue in read_vtt(prompt.captions)] if prompt and prompt.captions else []


def _forget(session: Session, question_id: str) -> list[str]:
    before = find(session, question_id)
    if before is None:
        return []
    session.delete(before)
    session.flush()
    return [before.key]


def _is_older(key: str, moment: datetime) -> bool:
    found = _KEY.fullmatch(key)
    return found is not None and datetime.fromtimestamp(int(found["at"] or 0), UTC) < moment

"""The video or sound of a question. If it has sound, it must have captions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import StaffUser
from app.captions import question_media_encoding
from app.captions.files.offsets import late_cues
from app.captions.files.vtt import read_vtt, write_vtt
from app.captions.models import QuestionMedia, QuestionMediaEncoding
from app.captions.question_versions import MediaPlace, MediaRole
from app.captions.shaping.cues import Cue
from app.ids import new_id
from app.interviews.manage_services import record_change, require_unused
from app.interviews.models import Attempt, Interview, Invitation, Question
from app.media.facts import MediaBudget, MediaRefusedError, Refusal
from app.media.sandbox import MediaFailedError, Preparation, PreparedMedia, prepare_media
from app.storage import Storage

FOLDER = "prompts"
"""The storage folder for the media of questions. Its name is older than the term, and part of stored keys."""
SOURCE = "source"
"""Name in storage of an upload that waits to be encoded."""
LIMITS = MediaBudget(duration_seconds=15 * 60, cpu_seconds=60, wall_seconds=120)
"""Limits for question media. Little processing time is allowed, because a web request waits while a file is inspected.
"""


class NoQuestionMediaError(Exception):
    """A file cannot be used as the video or sound of a question. The message tells the coordinator why."""


@dataclass(frozen=True, slots=True)
class Captions:
    """The captions of a question's media: cues sorted by start, and their language (BCP 47)."""

    cues: Sequence[Cue]
    language: str


@dataclass(frozen=True, slots=True)
class StoredQuestionMedia:
    """A stored media file of a question: its storage key, type, size and content."""

    key: str
    content_type: str
    size: int
    duration_ms: int
    has_video: bool
    has_audio: bool
    codecs: str = ""
    needs_encoding: bool = False
    """True if some browsers cannot play the file; `key` is then the unchanged upload."""


def require_suitable(role: MediaRole, made: PreparedMedia) -> None:
    """Raise NoQuestionMediaError if a file cannot have this role: sign language needs a picture, a description needs
    sound.
    """
    if role == MediaRole.SIGN and not made.has_video:
        raise NoQuestionMediaError(_("There is no picture in this file, so it has no sign language. Choose a video."))
    if role == MediaRole.DESCRIBED and not made.has_audio:
        raise NoQuestionMediaError(_("There is no sound in this file, so it describes nothing. Choose another file."))


def inspect_file(file: Path, folder: Path) -> PreparedMedia:
    """Inspect an uploaded file, and write a copy of its video and sound into `folder`, which must be empty.

    Raises NoQuestionMediaError if the file cannot be used.
    """
    try:
        return prepare_media([file], folder, LIMITS, way=Preparation.COPY_ANYWAY)
    except MediaRefusedError as refusal:
        raise NoQuestionMediaError(words_for_refusal(refusal.code)) from refusal
    except MediaFailedError as problem:
        raise NoQuestionMediaError(_("This file could not be checked just now. Try again.")) from problem


def words_for_refusal(code: str) -> str:
    """Return the message that says why a file cannot be used for a question, and what to do."""
    too_much = _(
        "This file is too large to be converted here. Save it as MP4 with H.264 (on a phone: “Most "
        "compatible”) or with a smaller picture, and choose it again."
    )
    unknown = _(
        "This file is not a video or sound that can be read here. Choose an MP4, MOV, WebM, MP3, M4A or WAV file."
    )
    reasons: Mapping[str, str] = {
        Refusal.TOO_LONG: _("This file is longer than %(minutes)s minutes.", minutes=LIMITS.duration_seconds // 60),
        Refusal.EMPTY: _("This file is empty. Choose another one."),
        Refusal.TIMEOUT: too_much,
        Refusal.MEMORY: too_much,
        Refusal.TOO_COSTLY: too_much,
        Refusal.TOO_LARGE_DIMENSIONS: too_much,
    }
    return reasons.get(code, unknown)


def store(
    storage: Storage, question_id: str, upload: Path, made: PreparedMedia, *, now: datetime
) -> StoredQuestionMedia:
    """Store an upload as a copy that every browser plays, or unchanged if it must be encoded first."""
    part = max(made.parts, key=lambda each: each.duration_ms)
    folder = new_folder(question_id, now=now)
    key, path = (f"{folder}/prompt{part.path.suffix}", part.path) if made.plays_everywhere else (
        f"{folder}/{SOURCE}", upload,
    )  # fmt: skip
    storage.put_file(key, path)
    length_ms = part.duration_ms if made.plays_everywhere else made.duration_ms
    return StoredQuestionMedia(
        key, part.content_type, path.stat().st_size, length_ms, made.has_video, made.has_audio, part.codecs,
        needs_encoding=not made.plays_everywhere,
    )  # fmt: skip


def new_folder(question_id: str, *, now: datetime) -> str:
    """Return a new folder name in storage for the media of a question. It contains the time, for `question_media_orphans`."""
    return f"{FOLDER}/{question_id}/{int(now.timestamp())}-{new_id()}"


def save(
    session: Session,
    question: Question,
    role: MediaRole,
    stored: StoredQuestionMedia,
    captions: Captions | None,
    *,
    is_in_use: bool,
    actor: StaffUser,
    now: datetime,
) -> list[str]:
    """Attach a stored file to a question in this role. Return the storage keys of the files that it replaces.

    If some browsers cannot play the file, the question keeps its previous media until the worker has encoded the new
    file. If the same file was saved before, only its captions are replaced. Raises QuestionInUseError if a candidate
    has answered the question, and ValueError if a file with sound has no captions, or if captions begin after the end
    of the file.
    """
    require_unused(is_in_use)
    if stored.has_audio and (captions is None or not captions.cues):
        raise ValueError("question media with sound needs captions")
    if captions and late_cues(captions.cues, stored.duration_ms):
        raise ValueError("captions after the end")
    words = write_vtt(captions.cues, language=captions.language, notes=()) if captions else None
    place = MediaPlace(question.id, role)
    if saved := _rows_with(session, place, stored.key):
        if any(each.captions != words for each in saved):  # equal captions: the form was sent twice
            for each in saved:
                each.captions = words
            record_change(session, question.interview, actor, now)
        return []
    replaced = question_media_encoding.discard(session, place)
    if stored.needs_encoding:
        session.add(
            QuestionMediaEncoding(
                question_id=question.id, role=role, source_key=stored.key, duration_ms=stored.duration_ms, has_video=stored.has_video,
                captions=words, made_at=now, updated_at=now,
            )
        )  # fmt: skip
    else:
        replaced += _forget(session, place)
        facts = {name: value for name, value in asdict(stored).items() if name != "needs_encoding"}
        session.add(QuestionMedia(question_id=question.id, role=role, **facts, captions=words, made_at=now))
    record_change(session, question.interview, actor, now)
    return replaced


def remove(
    session: Session,
    question: Question,
    roles: Iterable[MediaRole] = tuple(MediaRole),
    *,
    is_in_use: bool,
    actor: StaffUser,
    now: datetime,
) -> list[str]:
    """Remove the media that a question has in these roles, and return the storage keys to delete.

    Raises QuestionInUseError if a candidate has answered the question.
    """
    require_unused(is_in_use)
    places = [MediaPlace(question.id, role) for role in roles]
    replaced = [
        key for place in places for key in (*question_media_encoding.discard(session, place), *_forget(session, place))
    ]
    if replaced:
        record_change(session, question.interview, actor, now)
    return replaced


def remove_encoding(
    session: Session, question: Question, role: MediaRole, *, actor: StaffUser, now: datetime
) -> list[str]:
    """Discard new media that waits to be encoded or has failed, and return the storage keys to delete.

    The question keeps the media that it shows. If that media also had to be encoded when the new media was chosen, it
    is queued again.
    """
    place = MediaPlace(question.id, role)
    coming = question_media_encoding.find(session, place)
    if coming is None or coming.is_shown:
        return []
    replaced = question_media_encoding.discard(session, place)
    record_change(session, question.interview, actor, now)
    return replaced


def find(session: Session, place: MediaPlace) -> QuestionMedia | None:
    """Return the media of a question at this place, for staff who edit the interview."""
    return session.get(QuestionMedia, place)


def find_for_candidate(session: Session, attempt_id: str | None, question_id: str) -> dict[MediaRole, QuestionMedia]:
    """Return the media of a question for a candidate, by role. Empty if the question is not in their interview."""
    query = (
        select(QuestionMedia)
        .join(Question, Question.id == QuestionMedia.question_id)
        .join(Interview, Interview.id == Question.interview_id)
        .join(Invitation, Invitation.interview_id == Interview.id)
        .join(Attempt, Attempt.invitation_id == Invitation.id)
        .where(QuestionMedia.question_id == question_id, Attempt.id == attempt_id)
    )
    return {MediaRole(each.role): each for each in session.scalars(query)}


def original_keys(session: Session, place: MediaPlace) -> list[str]:
    """Return the storage keys of the original uploads at a place, if the uploads were encoded again or wait to be."""
    media, coming = find(session, place), question_media_encoding.find(session, place)
    is_new = coming is not None and not coming.is_shown
    return [*(media.original_keys if media else []), *([coming.source_key] if coming and is_new else [])]


def words_for_failure(problem: str) -> str:
    """Return the message that says why the worker could not encode the media, and what to do."""
    if problem in tuple(Refusal):
        return words_for_refusal(problem)
    return _(
        "Something went wrong here while this file was converted. Choose it again, or save it as MP4 with H.264 first."
    )


def transcript(media: QuestionMedia | None) -> list[str]:
    """Return the captions of a question's media as a list of texts."""
    return [cue.text for cue in cues_of(media)]


def cues_of(media: QuestionMedia | QuestionMediaEncoding | None) -> list[Cue]:
    """Return the captions of a question's media as cues."""
    return list(read_vtt(media.captions)) if media and media.captions else []


def is_saved(session: Session, place: MediaPlace, key: str) -> bool:
    """Return whether an upload was saved: it is the media at this place, or it will be when it has been encoded."""
    return bool(_rows_with(session, place, key))


def _forget(session: Session, place: MediaPlace) -> list[str]:
    before = find(session, place)
    if before is None:
        return []
    session.delete(before)
    session.flush()
    return before.keys


def _rows_with(session: Session, place: MediaPlace, key: str) -> list[QuestionMedia | QuestionMediaEncoding]:
    """Return the rows of a place that use a file: its current media, the media being encoded, or both."""
    media, coming = find(session, place), question_media_encoding.find(session, place)
    return [
        *([media] if media and key in (*media.keys, media.uploaded_key) else []),
        *([coming] if coming and key == coming.source_key else []),
    ]

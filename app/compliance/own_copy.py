"""A copy of all data about one person (GDPR, article 15): a ZIP file of JSON, recordings and captions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accommodations import notices
from app.accommodations.decisions import RequestTexts
from app.accommodations.models import AccommodationRequest
from app.captions.corrections import versions_of
from app.captions.models import CaptionTrack
from app.captions.services import stored_as_vtt
from app.captions.trimmed import set_aside_tracks
from app.compliance.models import Hold
from app.compliance.story import Story, TakeInForce
from app.interviews.asked import asked_of
from app.recording.models import Answer, Media, Take, UntrimmedMedia, WrittenDraft
from app.review.models import Note, Score
from app.storage import Storage

READ_ME = """This is everything that is held on you.

data.json     who you are here, your choices, what you asked for and were given, your answers, what reviewers wrote
              about them, and every event that the audit log has on you
recordings/   your recordings, as they are played, and as you made them ("original") where they were changed for that.
              If you cut the beginning of a recording, "whole" has it too. Reviewers cannot get that file
captions/     every version of their captions (WebVTT). Nobody else sees the words of a version that says "No transcript yet",
              or of a version from before you cut the beginning ("whole")
"""


def gather(session: Session, story: Story, texts: Mapping[str, RequestTexts]) -> dict[str, Any]:
    """Return all data except files. `texts` are the decrypted texts of requests, by request id.

    Times are ISO 8601 in UTC. Reviewers are not named.
    """
    invitation, attempt = story.invitation, story.attempt
    if invitation is None:
        return {}
    held: dict[str, Any] = {
        "name": invitation.candidate_name,
        "email": invitation.candidate_email,
        "short_reference": invitation.reference,
        "interview": story.interview.title,
        "invited_at": _time(invitation.created_at),
        "holds": [
            {"placed_at": _time(hold.placed_at), "ended_at": _time(hold.ended_at)}
            for hold in session.scalars(
                select(Hold).where(Hold.invitation_id == invitation.id).order_by(Hold.placed_at)
            )
        ],
        "events": [
            {"number": event.number, "at": _time(event.at), "action": event.action, "details": event.details}
            for event in story.events
        ],
    }
    if attempt:
        held |= {
            "began_at": _time(attempt.started_at),
            "consent": {"version": attempt.consent_version, "at": _time(attempt.consented_at)},
            "choices": attempt.preferences,
            "deadline": _time(story.closing),
            "sent_at": _time(attempt.submitted_at),
            "reference": attempt.receipt,
            "requests": [_request(request, texts[request.id]) for request in story.requests],
            "grants": [
                {"kind": grant.kind, "value": grant.value, "source": grant.source, "given_at": _time(grant.given_at),
                 "ended_at": _time(grant.ended_at)}
                for grant in story.grants
            ],
            "mails": [
                {"about": notice.request_id, "state": notice.state, "tries": notice.tries, "ended_at": _time(notice.ended_at)}
                for notice in notices.of_attempt(session, attempt.id).values()
            ],
            "takes": [_take(one.take) for one in story.takes],
            "captions": [
                _captions(track)
                for one in story.takes
                for track in (*versions_of(session, one.take.id), *set_aside_tracks(session, one.take.id))
            ],
            "asked": [asdict(each) for each in asked_of(attempt)],
            "drafts": [
                {"question": draft.question_id, "text": draft.text}
                for draft in session.scalars(select(WrittenDraft).where(WrittenDraft.attempt_id == attempt.id))
            ],
            "answers": [_answer(session, answer) for answer in _answers(session, attempt.id)],
        }  # fmt: skip
    return held


def files(
    session: Session, story: Story, held: Mapping[str, Any], storage: Storage
) -> list[tuple[str, Iterator[bytes]]]:
    """Return (name, content) of every file in the archive. A recording is read only when its bytes are sent."""
    found: list[tuple[str, Iterator[bytes]]] = [
        ("READ-ME.txt", iter([READ_ME.encode()])),
        ("data.json", iter([json.dumps(held, indent=2, ensure_ascii=False).encode()])),
    ]
    for name, one in _named(story.takes):
        is_cut = one.take.trim_ms is not None
        for media in session.scalars(select(Media).where(Media.take_id == one.take.id)):
            found += _recordings(storage, f"{name}-cut" if is_cut else name, media)
        for whole in session.scalars(select(UntrimmedMedia).where(UntrimmedMedia.take_id == one.take.id)):
            found += _recordings(storage, f"{name}-whole", whole)
        for track in reversed(versions_of(session, one.take.id)):
            found.append((f"captions/{name}-version-{track.version}.vtt", iter([stored_as_vtt(track).encode()])))
        for track in set_aside_tracks(session, one.take.id):
            found.append((f"captions/{name}-whole-version-{track.version}.vtt", iter([stored_as_vtt(track).encode()])))
    return found


def _recordings(storage: Storage, name: str, media: Media | UntrimmedMedia) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the file that is played and its originals."""
    yield f"recordings/{name}{PurePosixPath(media.key).suffix}", _recording(storage, media.key)
    for number, key in enumerate(media.original_keys, 1):
        yield f"recordings/{name}-original-{number}{PurePosixPath(key).suffix}", _recording(storage, key)


def _named(takes: Sequence[TakeInForce]) -> Iterator[tuple[str, TakeInForce]]:
    """Yield takes with unique file names. If questions were moved, two takes can have the same question and number."""
    used: set[str] = set()
    for one in takes:
        name = f"question-{one.take.question_number}-take-{one.take.number}"
        name = f"{name}-{one.take.id}" if name in used else name
        used.add(name)
        yield name, one


def _recording(storage: Storage, key: str) -> Iterator[bytes]:
    yield from storage.stream(key)


def _answers(session: Session, attempt_id: str) -> Iterator[Answer]:
    yield from session.scalars(select(Answer).where(Answer.attempt_id == attempt_id).order_by(Answer.question_id))


def _answer(session: Session, answer: Answer) -> dict[str, Any]:
    scores = session.scalars(select(Score).where(Score.answer_id == answer.id).order_by(Score.updated_at))
    notes = session.scalars(select(Note).where(Note.answer_id == answer.id).order_by(Note.at_ms))
    return {
        "number": answer.question_number,
        "question": answer.question_prompt,
        "take": answer.take_id,
        "text": answer.text,
        "scores": [_score(score) for score in scores],
        "notes": [{"at_ms": note.at_ms, "text": note.text} for note in notes],
    }


def _score(score: Score) -> dict[str, Any]:
    given: dict[str, Any] = {"level": score.level, "comment": score.comment}
    if score.comment_before is not None:
        given["before"] = {"level": score.level_before, "comment": score.comment_before}
    return given


def _take(take: Take) -> dict[str, Any]:
    return {
        "id": take.id,
        "question": take.question_number,
        "number": take.number,
        "kind": take.kind,
        "limits": take.limits,
        "began_at": _time(take.started_at),
        "stopped_at": _time(take.stopped_at),
        "recorded_ms": take.recorded_ms,
        "measured_ms": take.measured_ms,
        "cut_from_the_beginning_ms": take.trim_ms,
        "removed_at": _time(take.removed_at),
    }


def _captions(track: CaptionTrack) -> dict[str, Any]:
    return {
        "take": track.take_id,
        "version": track.version,
        "kind": track.kind,
        "language": track.language,
        "sounded_like": track.guessed_language,
        "model": track.model,
        "verdict": track.verdict,
        "signals": track.signals,
        "checked_at": _time(track.checked_at),
    }


def _request(request: AccommodationRequest, texts: RequestTexts) -> dict[str, Any]:
    return {
        "id": request.id,
        "kind": request.kind,
        "value": request.value,
        "state": request.state,
        "asked_at": _time(request.asked_at),
        "ended_at": _time(request.ended_at),
        "words": texts.words,
        "answer": texts.reason,
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None

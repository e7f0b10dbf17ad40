"""The rows of the interviews and candidates of a world of many candidates (tests/growth_world.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.accommodations.models import AccommodationRequest, Grant
from app.accounts.models import StaffUser
from app.captions.models import CaptionTrack, CueRow
from app.compliance.models import Hold
from app.email_addresses import mailbox_key
from app.folding import fold, sort_key
from app.ids import READABLE, REFERENCE_LENGTH
from app.interviews.models import Attempt, Interview, InterviewReviewer, Invitation, Question
from app.interviews.rules import CONSENT_VERSION
from app.recording.models import Answer, Media, StageRun, Take, Upload, WrittenDraft
from app.review.models import RubricLevel, Score

QUESTIONS = 3
CUES = 8
Rows = dict[Any, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Size:
    """The number of candidates, of candidates in the largest interview, and of other interviews."""

    candidates: int
    in_one: int
    others: int
    captions: int
    """The number of answers that have captions with cues. The others only have finished stages."""


@dataclass(frozen=True, slots=True)
class People:
    """The staff: a reviewer and a colleague who review all interviews, a coordinator, and a person of compliance."""

    reviewer: StaffUser
    colleague: StaffUser
    coordinator: StaffUser
    compliance: StaffUser


def row_id(kind: str, number: int) -> str:
    """Return an id of 26 characters. The order of ids is not the order of numbers, as with random ids."""
    return f"{(number * 7919) % 1_000_003:07d}{kind}{number:016d}"


def question_id(interview: str, position: int) -> str:
    """Return the id of a question of an interview."""
    return f"q{position}{interview[-24:]}"


def interview_rows(interviews: Sequence[str], people: People, now: datetime, sealed: str) -> Rows:
    """Return the interviews. The first is open, and every second of the others has ended three weeks ago."""
    rows: Rows = {Interview: [], Question: [], RubricLevel: [], InterviewReviewer: [], Hold: []}
    for number, interview in enumerate(interviews):
        ended = number % 2 == 1
        rows[Interview].append({
            "id": interview, "title": f"Harbour guide {number}", "introduction": "", "language": "en",
            "state": "closed" if ended else "open", "time_zone": "Europe/London", "retention_days": 365,
            "deadline_at": now + timedelta(days=-21 if ended else 30), "found_languages": "en",
            "created_by_id": people.coordinator.id, "created_at": now - timedelta(days=60, minutes=number),
        })  # fmt: skip
        for position in range(1, QUESTIONS + 1):
            question = question_id(interview, position)
            limits = {"thinking_seconds": 60, "recording_seconds": 120, "retakes": 2}
            rows[Question].append(
                {"id": question, "interview_id": interview, "position": position,
                 "prompt": f"Question number {position}?", **limits}
            )  # fmt: skip
            rows[RubricLevel] += [
                {
                    "id": f"l{level}{position}{question[-23:]}",
                    "question_id": question,
                    "position": level,
                    "name": f"Level {level}",
                }
                for level in range(1, 4)
            ]
        rows[InterviewReviewer] += [
            {"interview_id": interview, "user_id": user.id} for user in (people.reviewer, people.colleague)
        ]
        if number % 4 == 3:
            rows[Hold].append({
                "id": f"hold{number:022d}", "interview_id": interview, "sealed_reason": sealed,
                "placed_by_id": people.compliance.id, "placed_at": now - timedelta(days=30),
            })  # fmt: skip
    return rows


def candidate_rows(
    number: int, interview: str, people: People, now: datetime, sealed: str, size: Size, *, is_over: bool
) -> Rows:
    """Return the rows of one candidate. The candidate's number decides their state."""
    kind = number % 10
    begun = now - timedelta(days=40, minutes=number % 10_000)
    name, address = f"Candidate {number * 7919 % 1_000_003}", f"candidate{number}@example.org"
    invitation = {
        "id": row_id("inv", number), "interview_id": interview, "candidate_name": name, "candidate_email": address,
        "mailbox_key": mailbox_key(address), "folded": fold(f"{name}\n{address}"), "sort_key": sort_key(name),
        "reference": _reference(number), "token_hash": f"{number:064d}", "created_by_id": people.coordinator.id,
        "created_at": begun, "cancelled_at": begun if kind == 1 else None,
    }  # fmt: skip
    rows: Rows = {Invitation: [invitation]}
    if kind == 0 and number % 20 == 0:
        return _with_request(rows, number, interview, begun, now, sealed, is_over=is_over)
    if kind in (0, 1):
        return rows
    sent = begun + timedelta(hours=3) if kind > 3 else None
    rows[Attempt] = [_attempt(number, interview, begun, sent, is_over=is_over)]
    if kind == 2 and not is_over:
        _recording_now(rows, number, interview, now)
    if sent:
        _with_answers(rows, number, interview, people, sent, size)
    if kind == 5:
        rows[Grant] = [
            {"id": row_id("grt", number), "attempt_id": row_id("att", number), "kind": "recording time", "value": 150,
             "source": "policy", "given_at": begun, "is_carried": False}
        ]  # fmt: skip
    return rows


def _reference(number: int) -> str:
    letters = []
    for _ in range(REFERENCE_LENGTH):
        number, rest = divmod(number, len(READABLE))
        letters.append(READABLE[rest])
    return "".join(letters)


def _attempt(number: int, interview: str, begun: datetime, sent: datetime | None, *, is_over: bool) -> dict[str, Any]:
    receipt = f"{_reference(number)}-{number:06d}" if sent else None
    return {
        "id": row_id("att", number), "invitation_id": row_id("inv", number), "started_at": begun, "consented_at": begun,
        "consent_version": CONSENT_VERSION, "preferences": {}, "submitted_at": sent, "receipt": receipt,
        "deadline_at": None, "waiting_since": None, "interview_id": interview,
        "keeps_answers": sent is not None or (number % 10 == 2 and not is_over),
        "sweep_at": None if sent or is_over else begun + timedelta(days=90),
    }  # fmt: skip


def _with_request(
    rows: Rows, number: int, interview: str, begun: datetime, now: datetime, sealed: str, *, is_over: bool
) -> Rows:
    """Add a request that is open (every fifth) or was decided."""
    is_open = number % 100 == 20
    attempt = _attempt(number, interview, begun, None, is_over=is_over)
    attempt["waiting_since"] = begun if is_open else None
    rows[Attempt] = [attempt]
    rows[AccommodationRequest] = [{
        "id": row_id("req", number), "attempt_id": attempt["id"], "kind": "retakes", "value": 2,
        "state": "open" if is_open else "declined", "asked_at": now - timedelta(days=3, minutes=number % 1_000),
        "sealed_words": None, "ended_at": None if is_open else now - timedelta(days=1),
        "sealed_reason": None if is_open else sealed,
    }]  # fmt: skip
    return rows


def _recording_now(rows: Rows, number: int, interview: str, now: datetime) -> None:
    """Add a draft, and a take that is being uploaded."""
    attempt, take = row_id("att", number), row_id("tak", number)
    begun = now - timedelta(minutes=5)
    rows[WrittenDraft] = [
        {"attempt_id": attempt, "question_id": question_id(interview, 2), "text": "I would", "version": 1,
         "saved_at": now}
    ]  # fmt: skip
    rows[Take] = [_take(take, attempt, question_id(interview, 1), begun, complete=None)]
    rows[Upload] = [
        {"id": row_id("upl", number), "take_id": take, "segment": 1, "offset": 40_000, "created_at": begun,
         "expires_at": now + timedelta(days=7), "active_at": now, "upload_metadata": ""}
    ]  # fmt: skip


def _take(take: str, attempt: str, question: str, begun: datetime, *, complete: datetime | None) -> dict[str, Any]:
    return {
        "id": take, "attempt_id": attempt, "question_id": question, "number": 1, "kind": "video", "asked_number": 1,
        "limits": {"recording_seconds": 120, "thinking_seconds": 60, "retakes": 2}, "started_at": begun,
        "stopped_at": complete, "complete_at": complete, "closed_at": complete, "recorded_ms": 60_000,
        "measured_ms": 60_000 if complete else None, "is_whole": True,
    }  # fmt: skip


def _with_answers(rows: Rows, number: int, interview: str, people: People, sent: datetime, size: Size) -> None:
    """Add a captioned recording and a text, and scores of every second candidate."""
    attempt, take, question = row_id("att", number), row_id("tak", number), question_id(interview, 1)
    rows[Take] = [_take(take, attempt, question, sent, complete=sent)]
    rows[Media] = [
        {"id": row_id("med", number), "take_id": take, "key": f"takes/{take}/media.webm", "content_type": "video/webm",
         "size": 1_000_000, "duration_ms": 60_000, "has_video": True, "has_audio": True, "width": 640, "height": 360,
         "created_at": sent, "codecs": "vp8, opus", "original_keys": [], "level_dbfs": -20.0}
    ]  # fmt: skip
    rows[StageRun] = [
        {"take_id": take, "stage": stage, "state": "done", "attempts": 1, "updated_at": sent, "enqueued_at": sent}
        for stage in ("assemble", "transcribe", "index")
    ]
    chosen = {"attempt_id": attempt, "chosen_at": sent}
    rows[Answer] = [
        {"id": row_id("ans", number), "question_id": question, "take_id": take, "text": None, "asked_number": 1,
         "asked_prompt": "Question number 1?", **chosen},
        {"id": row_id("txt", number), "question_id": question_id(interview, 2), "take_id": None, "asked_number": 2,
         "asked_prompt": "Question number 2?", "text": "I would call them back.", **chosen},
    ]  # fmt: skip
    if number < size.captions:
        _with_captions(rows, number, take, sent)
    if number % 2 == 0:
        rows[Score] = [
            {"id": row_id(kind, number), "answer_id": row_id("ans", number), "reviewer_id": user.id, "level": 1 + number % 3,
             "comment": "Clear.", "version": 1, "updated_at": sent, "handed_in_at": sent}
            for kind, user in (("sco", people.reviewer), ("scc", people.colleague))
        ]  # fmt: skip


def _with_captions(rows: Rows, number: int, take: str, sent: datetime) -> None:
    track = row_id("trk", number)
    rows[CaptionTrack] = [
        {"id": track, "take_id": take, "version": 1, "kind": "automatic", "language": "en", "is_current": True,
         "created_at": sent, "model": "demo"}
    ]  # fmt: skip
    rows[CueRow] = [
        {"track_id": track, "position": place + 1, "start_ms": 3000 * place, "end_ms": 3000 * place + 2500,
         "text": "I showed the visitors around", "words": []}
        for place in range(CUES)
    ]  # fmt: skip

"""Write records to files: CSV that is safe to open in a spreadsheet, and JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy.orm import Session
from werkzeug import Response

from app import audit
from app.compliance.services import LogEntry
from app.compliance.story import Story
from app.review.safe_cells import safe_cell

KINDS: Mapping[str, str] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
Row = Mapping[str, object]

FIELDS = (
    "number",
    "at",
    "action",
    "actor_kind",
    "actor_id",
    "subject_kind",
    "subject_id",
    "details",
    "previous",
    "hash",
)


def event_lines(session: Session) -> Iterator[str]:
    """Yield every event as a line of JSON, in order. `at` is formatted as for the hash: ISO 8601 in UTC."""
    for event in audit.events(session):
        fields = {name: getattr(event, name) for name in FIELDS} | {"at": event.at.isoformat(timespec="microseconds")}
        yield json.dumps(fields, separators=(",", ":")) + "\n"


def story_rows(story: Story, entries: Sequence[LogEntry], questions: Mapping[str, str]) -> Iterator[Row]:
    """Yield the events of one candidate as rows. Each row has the event as a sentence and as it is stored in the log.

    `questions` maps question ids to their text. The rows of an erased person have neither name nor reference.
    """
    invitation = story.invitation
    for entry, event in zip(entries, story.events, strict=True):
        yield {
            "number": entry.number,
            "at": entry.at.isoformat(timespec="seconds"),
            "what_happened": entry.sentence,
            "by": entry.who,
            "candidate": invitation.candidate_name if invitation else None,
            "reference": invitation.reference if invitation else None,
            "invitation": story.invitation_id,
            "interview": story.interview.title,
            "interview_id": story.interview.id,
            "question": event.details.get("question_number"),
            "question_words": questions.get(event.details.get("question", "")),
            "action": event.action,
            "actor": event.actor_id,
            "subject": event.subject_id,
            "details": json.dumps(event.details, sort_keys=True),
            "hash": event.hash,
        }


def download(rows: Iterable[Row], kind: str, *, name: str) -> Response:
    """Return the rows as a streamed file of this kind ("csv" or JSON Lines)."""
    pieces = _csv(rows) if kind == "csv" else (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    response = Response((piece.encode() for piece in pieces), content_type=KINDS[kind])
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _csv(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of a CSV file; the first has the column names.

    The file begins with a byte order mark, so that spreadsheets detect UTF-8.
    """
    written = io.StringIO("\ufeff")
    written.seek(0, io.SEEK_END)
    sheet = csv.writer(written)
    for place, row in enumerate(rows):
        if place == 0:
            sheet.writerow(row)
        sheet.writerow(safe_cell(value) for value in row.values())
        yield written.getvalue()
        written.seek(0)
        written.truncate()

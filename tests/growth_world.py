"""A world of many candidates, written in bulk: for the benchmark of growth, and for tests that compare two sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text, update
from sqlalchemy.orm import Session

from app import audit
from app.accounts.models import Role, StaffUser
from app.audit import AuditAction, AuditEvent, AuditHead
from app.extensions import db
from app.review.search import services as search
from app.sealing import get_sealer
from app.transaction import transaction
from tests.factories import make_user
from tests.growth_rows import People, Rows, Size, candidate_rows, interview_rows, question_id, row_id

ROWS_AT_ONCE = 2_000
_SCOPE = "question.interview_id || ' ' || question.id || ' ' || answer.attempt_id || ' en'"
_COPY = """
INSERT INTO cue_search_document (answer_id, language, cues, scope, stems, words{to})
SELECT answer.id, 'en', like_it.cues, {scope}, like_it.stems, like_it.words{of}
FROM answer JOIN question ON question.id = answer.question_id
JOIN cue_search_document AS like_it ON like_it.answer_id = :like_it
WHERE answer.id <> :like_it AND {others}
"""


@dataclass(slots=True)
class GrowthWorld:
    """The people of a world and the ids of the records whose pages are opened."""

    now: datetime
    reviewer: StaffUser
    coordinator: StaffUser
    compliance: StaffUser
    interview: str
    """The interview with the most candidates."""
    question: str
    ids: dict[str, str] = field(default_factory=dict)
    """One id of each kind of record, all of the same candidate of that interview, who has sent their answers."""


def fill(size: Size, *, now: datetime) -> GrowthWorld:
    """Write a world to the empty database. Nothing in it is due for the sweep.

    Of ten candidates, one was only invited, one was cancelled, one is recording (unless the interview is over), one has
    nothing to send, and six have sent a captioned recording and a text.
    """
    people = People(
        make_user(Role.REVIEWER), make_user(Role.REVIEWER), make_user(Role.COORDINATOR), make_user(Role.COMPLIANCE)
    )
    interviews = [f"interview{number:017d}" for number in range(size.others + 1)]
    sealed = get_sealer().seal("A reason.")
    with transaction() as session:
        _write(session, interview_rows(interviews, people, now, sealed))
    for start in range(0, size.candidates, ROWS_AT_ONCE):
        numbers = range(start, min(start + ROWS_AT_ONCE, size.candidates))
        with transaction() as session:
            rows: Rows = {}
            for number in numbers:
                place = 0 if number < size.in_one else 1 + number // 10 % max(1, size.others)
                made = candidate_rows(number, interviews[place], people, now, sealed, size, is_over=place % 2 == 1)
                for model, its_rows in made.items():
                    rows.setdefault(model, []).extend(its_rows)
            _write(session, rows)
            _log(session, numbers, people, now)
    _index()
    _analyze()
    sent = 4
    return GrowthWorld(
        now, people.reviewer, people.coordinator, people.compliance, interviews[0], question_id(interviews[0], 1),
        {"invitation": row_id("inv", sent), "attempt": row_id("att", sent), "answer": row_id("ans", sent),
         "take": row_id("tak", sent), "written": row_id("txt", sent), "request": row_id("req", 20),
         "asked": row_id("inv", 20), "writing": row_id("att", 2)},
    )  # fmt: skip


def _write(session: Session, rows: Rows) -> None:
    for model, made in rows.items():
        if made:
            session.execute(insert(model).execution_options(render_nulls=True), made)


def _index() -> None:
    """Index one written answer and one with captions, and copy their documents for all others."""
    with transaction() as session:
        search.index_answers(session, [row_id("txt", 4), row_id("ans", 4)])
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        vectors = (
            ("", "")
            if is_sqlite
            else (
                ", scope_vector, stems_vector, words_vector",
                ", CAST({scope} AS tsvector), like_it.stems_vector, like_it.words_vector",
            )
        )
        for like_it, others in (
            (row_id("txt", 4), "answer.take_id IS NULL"),
            (row_id("ans", 4), "answer.take_id IN (SELECT take_id FROM caption_track)"),
        ):
            session.execute(
                text(_COPY.format(to=vectors[0], of=vectors[1].format(scope=_SCOPE), scope=_SCOPE, others=others)),
                {"like_it": like_it},
            )


def _analyze() -> None:
    """Update the database's statistics, as both databases do automatically after some time."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _log(session: Session, numbers: Sequence[int], people: People, now: datetime) -> None:
    """Append two events for each candidate to the audit log, chained as `audit.record` does."""
    head = session.query(AuditHead).one()
    number, previous, rows = head.number, head.hash, []
    for event in _events(numbers, people):
        number += 1
        row = {**event, "number": number, "at": now - timedelta(days=30), "previous": previous}
        previous = row["hash"] = audit.link_hash(AuditEvent(**row))
        rows.append(row)
    session.execute(insert(AuditEvent), rows)
    session.execute(update(AuditHead).values(number=number, hash=previous))


def _events(numbers: Sequence[int], people: People) -> Iterator[dict[str, Any]]:
    for number in numbers:
        yield {
            "action": str(AuditAction.TAKE_STOPPED), "actor_kind": "candidate", "actor_id": row_id("att", number),
            "subject_kind": "take", "subject_id": row_id("tak", number), "details": {"recorded_ms": 61_000},
        }  # fmt: skip
        yield {
            "action": str(AuditAction.ANSWER_VIEWED), "actor_kind": "staff", "actor_id": people.reviewer.id,
            "subject_kind": "answer", "subject_id": row_id("ans", number), "details": {"take": row_id("tak", number)},
        }  # fmt: skip

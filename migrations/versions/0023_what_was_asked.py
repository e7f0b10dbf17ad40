"""Store the questions that a candidate was asked with their answers, and the measured length of recordings.

Attempts that were already sent get the current questions: as many as there were at the time of sending, if the audit
log contains this number (new questions are added at the end). A length of 0 ms meant that the length was unknown, so it
becomes NULL.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BATCH = 500
EVENTS = ("interview created", "interview changed", "interview submitted", "answer chosen")


def upgrade() -> None:
    op.add_column("attempt", sa.Column("asked", sa.JSON(), nullable=True))
    op.add_column("take", sa.Column("asked_number", sa.Integer(), nullable=True))
    op.add_column("take", sa.Column("measured_ms", sa.Integer(), nullable=True))
    op.add_column("answer", sa.Column("asked_number", sa.Integer(), nullable=True))
    op.add_column("answer", sa.Column("asked_prompt", sa.Text(), nullable=True))
    op.add_column("erasure", sa.Column("answers", sa.JSON(), nullable=True))
    number = "(SELECT position FROM question WHERE question.id = {table}.question_id)"
    op.execute(f"UPDATE take SET asked_number = {number.format(table='take')}")
    op.execute(
        f"UPDATE answer SET asked_number = {number.format(table='answer')}, "
        "asked_prompt = (SELECT prompt FROM question WHERE question.id = answer.question_id)"
    )
    op.execute("UPDATE take SET measured_ms = (SELECT duration_ms FROM media WHERE media.take_id = take.id)")
    op.execute("UPDATE take SET recorded_ms = NULL WHERE recorded_ms = 0")
    connection = op.get_bind()
    log = _Log(connection)
    _write_down_asked(connection, log)
    _write_down_answers(connection, log)


def downgrade() -> None:
    op.drop_column("erasure", "answers")
    op.drop_column("answer", "asked_prompt")
    op.drop_column("answer", "asked_number")
    op.drop_column("take", "measured_ms")
    op.drop_column("take", "asked_number")
    op.drop_column("attempt", "asked")


class _Log:
    """Facts from the audit log: the number of questions when an attempt was sent, and the answers that it chose."""

    def __init__(self, connection: sa.Connection):
        interviews = dict(
            connection.execute(
                sa.text("SELECT a.id, i.interview_id FROM attempt a JOIN invitation i ON i.id = a.invitation_id")
            ).all()
        )
        attempts = dict(connection.execute(sa.text("SELECT id, attempt_id FROM take")).all())
        self.questions: dict[str, int] = {}
        self.chosen: dict[str, dict[str, str]] = defaultdict(dict)
        now: dict[str, int] = {}
        for action, actor, subject, details in _events(connection):
            if action in EVENTS[:2]:
                now[subject] = details.get("questions", 0)
            elif action == EVENTS[2] and interviews.get(subject) in now:
                self.questions[subject] = now[interviews[subject]]
            elif action == EVENTS[3] and "question" in details:
                self.chosen[attempts.get(details.get("take"), actor)][details["question"]] = subject


def _events(connection: sa.Connection) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    query = sa.text(
        "SELECT number, action, actor_id, subject_id, details FROM audit_event "
        "WHERE number > :last AND action IN :actions ORDER BY number LIMIT :size"
    ).bindparams(sa.bindparam("actions", EVENTS, expanding=True))
    last = 0
    while rows := connection.execute(query, {"last": last, "size": BATCH}).all():
        for last, action, actor, subject, details in rows:  # noqa: B007
            yield action, actor, subject, json.loads(details) if isinstance(details, str) else details


def _write_down_asked(connection: sa.Connection, log: _Log) -> None:
    questions: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(
        sa.text(
            "SELECT q.interview_id, q.id, q.position, q.prompt, COALESCE(q.language, i.language) AS language "
            "FROM question q JOIN interview i ON i.id = q.interview_id ORDER BY q.interview_id, q.position, q.id"
        )
    ):
        questions[row.interview_id].append(row)
    answers: dict[str, set[str]] = defaultdict(set)
    for attempt_id, question_id in connection.execute(sa.text("SELECT attempt_id, question_id FROM answer")):
        answers[attempt_id].add(question_id)
    sent = connection.execute(
        sa.text(
            "SELECT a.id, i.interview_id FROM attempt a JOIN invitation i ON i.id = a.invitation_id "
            "WHERE a.submitted_at IS NOT NULL"
        )
    ).all()
    table = sa.table("attempt", sa.column("id"), sa.column("asked", sa.JSON()))
    for attempt_id, interview_id in sent:
        asked, given, chosen = questions[interview_id], answers[attempt_id], log.chosen.get(attempt_id, {})
        count = log.questions.get(attempt_id, len(asked))
        first = sorted(asked, key=lambda row: (row.id not in given | set(chosen), row.position))[:count]
        rows = [
            {
                "question_id": row.id, "number": row.position, "prompt": row.prompt, "language": row.language,
                "answer_id": None if row.id in given else chosen.get(row.id),
            }
            for row in sorted(first, key=lambda row: row.position)
        ]  # fmt: skip
        connection.execute(table.update().where(table.c.id == attempt_id).values(asked=rows))


def _write_down_answers(connection: sa.Connection, log: _Log) -> None:
    """Store the ids of erased answers with their erasures, if the log contains at least as many as were erased."""
    table = sa.table(
        "erasure",
        sa.column("id"),
        sa.column("attempt_id"),
        sa.column("counts", sa.JSON()),
        sa.column("answers", sa.JSON()),
    )
    for erasure_id, attempt_id, counts in connection.execute(
        sa.select(table.c.id, table.c.attempt_id, table.c.counts)
    ).all():
        known = sorted(set(log.chosen.get(attempt_id, {}).values()))
        if len(known) >= counts.get("answers", 0):
            connection.execute(table.update().where(table.c.id == erasure_id).values(answers=known))

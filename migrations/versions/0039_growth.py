"""Add what keeps lists and sweeps cheap with many candidates: the interview of an attempt, marks, and indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

SENT, KEPT, TO_INDEX = "submitted_at IS NOT NULL", "keeps_answers", "needs_index"
UNDONE, HANDED_IN = "state NOT IN ('done', 'failed')", "handed_in_at IS NOT NULL"
IN_SQLITE = {KEPT: "keeps_answers = 1", TO_INDEX: "needs_index = 1"}
"""The same conditions as SQLAlchemy writes them for SQLite, which compares them as texts."""
INDEXES = (
    ("ix_invitation_by_name", "invitation", ["interview_id", "sort_key", "id"], None),
    ("ix_invitation_by_time", "invitation", ["interview_id", "created_at", "id"], None),
    ("ix_invitation_created_at_id", "invitation", ["created_at", "id"], None),
    ("ix_invitation_expires", "invitation", ["interview_id", "expires_at"], "expires_at IS NOT NULL"),
    ("ix_attempt_begun", "attempt", ["interview_id", "started_at"], None),
    ("ix_attempt_sent", "attempt", ["interview_id", "id"], SENT),
    ("ix_attempt_sent_at", "attempt", ["interview_id", "submitted_at"], SENT),
    ("ix_attempt_sent_begun", "attempt", ["interview_id", "started_at"], SENT),
    ("ix_attempt_unsent_begun", "attempt", ["interview_id", "started_at"], "submitted_at IS NULL"),
    ("ix_attempt_kept", "attempt", ["interview_id", "submitted_at"], KEPT),
    ("ix_attempt_sweep_at", "attempt", ["sweep_at"], "sweep_at IS NOT NULL"),
    ("ix_stage_run_undone", "stage_run", ["stage", "updated_at"], UNDONE),
    ("ix_score_of_panel", "score", ["interview_id", "reviewer_id", "handed_in_at"], HANDED_IN),
    ("ix_score_reopened", "score", ["interview_id", "reviewer_id"], "reopened_at IS NOT NULL"),
    ("ix_answer_needs_index", "answer", ["id"], TO_INDEX),
    ("ix_audit_event_actor_id", "audit_event", ["actor_id"], None),
    ("ix_accommodation_request_asked_at_id", "accommodation_request", ["asked_at", "id"], None),
    ("ix_accommodation_grant_given_at", "accommodation_grant", ["given_at"], None),
    ("ix_hold_in_force", "hold", ["placed_at", "id"], "ended_at IS NULL"),
    ("ix_erasure_unfinished", "erasure", ["begun_at"], "finished_at IS NULL"),
)
BACKFILL = (
    "UPDATE attempt SET interview_id = (SELECT interview_id FROM invitation WHERE invitation.id = attempt.invitation_id)",
    """UPDATE attempt SET keeps_answers = true
    WHERE EXISTS (SELECT 1 FROM take WHERE take.attempt_id = attempt.id AND take.removed_at IS NULL)
    OR EXISTS (SELECT 1 FROM answer WHERE answer.attempt_id = attempt.id)
    OR EXISTS (SELECT 1 FROM draft WHERE draft.attempt_id = attempt.id)""",
    "UPDATE attempt SET sweep_at = started_at WHERE submitted_at IS NULL",
    """UPDATE answer SET needs_index = true
    WHERE EXISTS (SELECT 1 FROM attempt WHERE attempt.id = answer.attempt_id AND attempt.submitted_at IS NOT NULL)
    AND (answer.take_id IS NULL OR EXISTS (SELECT 1 FROM caption_track WHERE caption_track.take_id = answer.take_id))
    AND NOT EXISTS (SELECT 1 FROM cue_search_document WHERE cue_search_document.answer_id = answer.id)""",
    """UPDATE score SET interview_id = (SELECT question.interview_id FROM answer
    JOIN question ON question.id = answer.question_id WHERE answer.id = score.answer_id)""",
)


def upgrade() -> None:
    op.add_column("attempt", sa.Column("interview_id", sa.String(26), nullable=True))
    op.add_column("attempt", sa.Column("keeps_answers", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("attempt", sa.Column("sweep_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("answer", sa.Column("needs_index", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("score", sa.Column("interview_id", sa.String(26), nullable=True))
    for statement in BACKFILL:
        op.execute(statement)
    for name, table, columns, where in INDEXES:
        op.create_index(
            name, table, columns,
            sqlite_where=sa.text(IN_SQLITE.get(where, where)) if where else None,
            postgresql_where=sa.text(where) if where else None,
        )  # fmt: skip


def downgrade() -> None:
    for name, table, _columns, _where in INDEXES:
        op.drop_index(name, table)
    op.drop_column("score", "interview_id")
    op.drop_column("answer", "needs_index")
    op.drop_column("attempt", "sweep_at")
    op.drop_column("attempt", "keeps_answers")
    op.drop_column("attempt", "interview_id")

"""Add accommodations: policies of interviews, requests, grants, and deadlines for single candidates."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accommodation_policy",
        sa.Column("interview_id", sa.String(26), nullable=False),
        sa.Column("recording_percent", sa.Integer(), nullable=True),
        sa.Column("thinking_percent", sa.Integer(), nullable=True),
        sa.Column("retakes", sa.Integer(), nullable=True),
        sa.Column("deadline_days", sa.Integer(), nullable=False),
        sa.Column("more_time_presses", sa.Integer(), nullable=False),
        sa.CheckConstraint("recording_percent >= 100", name="ck_accommodation_policy_recording_is_not_shortened"),
        sa.CheckConstraint("thinking_percent >= 100", name="ck_accommodation_policy_thinking_is_not_shortened"),
        sa.CheckConstraint("retakes >= 0", name="ck_accommodation_policy_retakes_are_not_taken_away"),
        sa.CheckConstraint("deadline_days >= 0", name="ck_accommodation_policy_deadline_is_not_brought_forward"),
        sa.CheckConstraint("more_time_presses >= 0", name="ck_accommodation_policy_presses_are_not_negative"),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interview.id"], name="fk_accommodation_policy_interview_id_interview", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("interview_id", name="pk_accommodation_policy"),
    )
    op.create_table(
        "accommodation_request",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("attempt_id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("sealed_words", sa.Text(), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.String(26), nullable=True),
        sa.Column("sealed_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_accommodation_request_attempt_id_attempt", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff_user.id"], name="fk_accommodation_request_decided_by_id_staff_user"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accommodation_request"),
    )
    op.create_index("ix_accommodation_request_attempt_id", "accommodation_request", ["attempt_id"])
    op.create_index("ix_accommodation_request_state_asked_at", "accommodation_request", ["state", "asked_at"])
    op.create_table(
        "accommodation_grant",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("attempt_id", sa.String(26), nullable=False),
        sa.Column("request_id", sa.String(26), nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_carried", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_accommodation_grant_attempt_id_attempt", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["accommodation_request.id"],
            name="fk_accommodation_grant_request_id_accommodation_request",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accommodation_grant"),
    )
    op.create_index("ix_accommodation_grant_attempt_id", "accommodation_grant", ["attempt_id"])
    op.add_column("attempt", sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("attempt", sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("take", sa.Column("more_time_presses", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("take", "more_time_presses")
    op.drop_column("attempt", "waiting_since")
    op.drop_column("attempt", "deadline_at")
    op.drop_table("accommodation_grant")
    op.drop_table("accommodation_request")
    op.drop_table("accommodation_policy")

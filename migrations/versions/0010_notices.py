"""Add the mails that tell candidates about decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("attempt_id", sa.String(26), nullable=False),
        sa.Column("request_id", sa.String(26), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.String(40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_notice_attempt_id_attempt", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["accommodation_request.id"],
            name="fk_notice_request_id_accommodation_request",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("request_id", name="uq_notice_request_id"),
    )
    op.create_index("ix_notice_attempt_id", "notice", ["attempt_id"])
    op.create_index("ix_notice_state_next_at", "notice", ["state", "next_at"])


def downgrade() -> None:
    op.drop_table("notice")

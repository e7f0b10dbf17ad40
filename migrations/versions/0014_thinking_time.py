"""Store the start of thinking time, so that it continues on another device."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thinking_time",
        sa.Column("attempt_id", sa.String(26), nullable=False),
        sa.Column("question_id", sa.String(26), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("presses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_thinking_time_attempt_id_attempt", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_thinking_time_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("attempt_id", "question_id", name="pk_thinking_time"),
    )


def downgrade() -> None:
    op.drop_table("thinking_time")

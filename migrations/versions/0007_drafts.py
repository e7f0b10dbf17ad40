"""Add drafts of written answers, which are saved while the candidate types."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("attempt_id", sa.String(26), nullable=False),
        sa.Column("question_id", sa.String(26), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name="ck_draft_version_is_positive"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_draft_attempt_id_attempt", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="fk_draft_question_id_question"),
        sa.PrimaryKeyConstraint("attempt_id", "question_id", name="pk_draft"),
    )
    op.create_index("ix_draft_question_id", "draft", ["question_id"])


def downgrade() -> None:
    op.drop_table("draft")

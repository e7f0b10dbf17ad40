"""Add rubrics, scores, notes, blind review, and recordings without their picture."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interview", sa.Column("blind", sa.String(10), server_default="off", nullable=False))
    op.add_column("media", sa.Column("sound_key", sa.String(200), nullable=True))
    op.create_table(
        "rubric_level",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("question_id", sa.String(26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.CheckConstraint("position > 0", name="ck_rubric_level_position_is_positive"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_rubric_level_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rubric_level"),
        sa.UniqueConstraint("question_id", "position", name="uq_rubric_level_question_id_position"),
    )
    op.create_table(
        "score",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("answer_id", sa.String(26), nullable=False),
        sa.Column("reviewer_id", sa.String(26), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("level > 0", name="ck_score_level_is_positive"),
        sa.CheckConstraint("version > 0", name="ck_score_version_is_positive"),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name="fk_score_answer_id_answer", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["reviewer_id"], ["staff_user.id"], name="fk_score_reviewer_id_staff_user"),
        sa.PrimaryKeyConstraint("id", name="pk_score"),
        sa.UniqueConstraint("answer_id", "reviewer_id", name="uq_score_answer_id_reviewer_id"),
    )
    op.create_index("ix_score_reviewer_id", "score", ["reviewer_id"])
    op.create_table(
        "review_note",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("answer_id", sa.String(26), nullable=False),
        sa.Column("reviewer_id", sa.String(26), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("at_ms >= 0", name="ck_review_note_moment_is_not_negative"),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name="fk_review_note_answer_id_answer", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["staff_user.id"], name="fk_review_note_reviewer_id_staff_user"),
        sa.PrimaryKeyConstraint("id", name="pk_review_note"),
    )
    op.create_index("ix_review_note_answer_id", "review_note", ["answer_id"])
    op.create_index("ix_review_note_reviewer_id", "review_note", ["reviewer_id"])


def downgrade() -> None:
    op.drop_table("review_note")
    op.drop_table("score")
    op.drop_table("rubric_level")
    op.drop_column("media", "sound_key")
    op.drop_column("interview", "blind")

"""Add the video or sound of a question. If it has sound, it must have captions."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompt_media",
        sa.Column("question_id", sa.String(26), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("content_type", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("has_video", sa.Boolean(), nullable=False),
        sa.Column("has_audio", sa.Boolean(), nullable=False),
        sa.Column("captions", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("NOT has_audio OR captions IS NOT NULL", name="ck_prompt_media_sound_has_captions"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_prompt_media_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", name="pk_prompt_media"),
    )


def downgrade() -> None:
    op.drop_table("prompt_media")

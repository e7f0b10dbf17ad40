"""Let the worker encode question media again, and encode long recordings in lanes of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stage_run", sa.Column("lane", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("prompt_media", sa.Column("codecs", sa.String(60), nullable=True))
    op.add_column("prompt_media", sa.Column("original_keys", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("prompt_media") as batch:  # PostgreSQL cannot compare a default of type json with the model's
        batch.alter_column("original_keys", existing_type=sa.JSON(), existing_nullable=False, server_default=None)
    op.create_table(
        "prompt_encoding",
        sa.Column("question_id", sa.String(26), nullable=False),
        sa.Column("source_key", sa.String(200), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("has_video", sa.Boolean(), nullable=False),
        sa.Column("captions", sa.Text(), nullable=True),
        sa.Column("is_shown", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("lease", sa.String(26), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(40), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("lane", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_prompt_encoding_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", name="pk_prompt_encoding"),
    )
    op.create_index("ix_prompt_encoding_state", "prompt_encoding", ["state"])


def downgrade() -> None:
    op.drop_table("prompt_encoding")
    op.drop_column("prompt_media", "original_keys")
    op.drop_column("prompt_media", "codecs")
    op.drop_column("stage_run", "lane")

"""Let candidates cut the beginning of a recording: the cut, and the files and captions from before it."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("take", sa.Column("trim_ms", sa.Integer(), nullable=True))
    op.add_column("media", sa.Column("voice_until_ms", sa.Integer(), nullable=True))
    op.create_table(
        "untrimmed_media",
        sa.Column("take_id", sa.String(26), nullable=False),
        sa.Column("is_outdated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("audio_key", sa.String(200), nullable=True),
        sa.Column("sound_key", sa.String(200), nullable=True),
        sa.Column("original_keys", sa.JSON(), nullable=False),
        sa.Column("plays_everywhere", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("is_longest_part", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("codecs", sa.String(60), nullable=True),
        sa.Column("level_dbfs", sa.Float(), nullable=True),
        sa.Column("voice_until_ms", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("has_video", sa.Boolean(), nullable=False),
        sa.Column("has_audio", sa.Boolean(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["take_id"], ["take.id"], name=op.f("fk_untrimmed_media_take_id_take"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("take_id", name=op.f("pk_untrimmed_media")),
    )
    op.create_table(
        "untrimmed_captions",
        sa.Column("take_id", sa.String(26), nullable=False),
        sa.Column("last_version", sa.Integer(), nullable=False),
        sa.Column("tracks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["take_id"], ["take.id"], name=op.f("fk_untrimmed_captions_take_id_take"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("take_id", name=op.f("pk_untrimmed_captions")),
    )


def downgrade() -> None:
    op.drop_table("untrimmed_captions")
    op.drop_table("untrimmed_media")
    op.drop_column("media", "voice_until_ms")
    op.drop_column("take", "trim_ms")

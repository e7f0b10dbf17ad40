"""Store the codecs and the loudness of recordings. For existing recordings, the worker determines them later."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("media", sa.Column("codecs", sa.String(60), nullable=True))
    op.add_column("media", sa.Column("level_dbfs", sa.Float(), nullable=True))
    unknown = sa.text("codecs IS NULL")
    op.create_index("ix_media_without_codecs", "media", ["take_id"], sqlite_where=unknown, postgresql_where=unknown)


def downgrade() -> None:
    op.drop_index("ix_media_without_codecs", "media")
    op.drop_column("media", "level_dbfs")
    op.drop_column("media", "codecs")

"""Store what the recorder reported when it stopped, and when the last bytes arrived.

From this data, the server can tell whether a take is complete without asking the recorder.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UNFINISHED = sa.text("complete_at IS NULL AND removed_at IS NULL")

# Not in batch mode: SQLite would then rebuild the tables, and dropping the old ones would delete their child rows.


def upgrade() -> None:
    op.add_column("take", sa.Column("announced", sa.JSON(), nullable=True))
    op.add_column("upload", sa.Column("active_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("upload", sa.Column("recorded_ms", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_take_unfinished", "take", ["started_at"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED)


def downgrade() -> None:
    op.drop_index("ix_take_unfinished", table_name="take")
    op.drop_column("upload", "recorded_ms")
    op.drop_column("upload", "active_at")
    op.drop_column("take", "announced")

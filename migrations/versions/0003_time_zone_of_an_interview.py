"""Add the time zone of an interview, in which its deadline is entered and shown."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Not in batch mode: SQLite would then rebuild the table, and dropping the old table would delete its questions.


def upgrade() -> None:
    op.add_column("interview", sa.Column("time_zone", sa.String(length=64), server_default="UTC", nullable=False))


def downgrade() -> None:
    op.drop_column("interview", "time_zone")

"""An interview has a time zone, in which its deadline is typed and shown."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Not in batch mode: SQLite would then rebuild the table, and dropping the old one would cascade to the questions.


def upgrade() -> None:
    op.add_column("interview", sa.Column("time_zone", sa.String(length=64), server_default="UTC", nullable=False))


def downgrade() -> None:
    op.drop_column("interview", "time_zone")

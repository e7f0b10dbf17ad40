"""Add the verdict on automatic captions, and the signals that it was made from."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("caption_track", sa.Column("verdict", sa.String(24), nullable=True))
    op.add_column("caption_track", sa.Column("signals", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("caption_track", "signals")
    op.drop_column("caption_track", "verdict")

"""Allow reopening scores, and store each score as it was before its author could see the scores of colleagues."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("score", sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("score", sa.Column("level_before", sa.Integer(), nullable=True))
    op.add_column("score", sa.Column("comment_before", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("score", "comment_before")
    op.drop_column("score", "level_before")
    op.drop_column("score", "reopened_at")

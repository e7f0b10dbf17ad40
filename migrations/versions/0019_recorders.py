"""Store which recorder owns a take, and which takes have a recording that could not be added."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("take", sa.Column("recorder", sa.String(64), nullable=True))
    op.add_column("take", sa.Column("recovery_of", sa.String(26), nullable=True))


def downgrade() -> None:
    op.drop_column("take", "recovery_of")
    op.drop_column("take", "recorder")

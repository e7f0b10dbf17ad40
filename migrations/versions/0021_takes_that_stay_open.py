"""A take that was completed without its end stays open for bytes that arrive later.

`closed_at` says since when nothing is added to it. The parts of takes that were completed before are gone already, so
those are closed. `is_cut` says that its recorder was interrupted, which `is_whole` said before a take was complete.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("take", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("take", sa.Column("is_cut", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE take SET closed_at = complete_at")
    op.execute(sa.text("UPDATE take SET is_cut = :cut WHERE is_whole = :whole").bindparams(cut=True, whole=False))


def downgrade() -> None:
    op.drop_column("take", "is_cut")
    op.drop_column("take", "closed_at")

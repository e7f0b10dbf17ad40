"""Let a take accept bytes that arrive late, if it was completed before all of its bytes had arrived.

From `closed_at` on, nothing is added to a take. Takes that are already complete are closed, because their parts were
deleted. `is_cut` says that the recorder was interrupted. Until now, `is_whole` said this for incomplete takes.
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

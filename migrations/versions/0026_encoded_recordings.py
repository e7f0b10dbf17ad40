"""Store the progress of encoding a recording, and the original files beside the playable file."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("media", sa.Column("original_keys", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("media") as batch:  # PostgreSQL cannot compare a default of type json with the model's
        batch.alter_column("original_keys", existing_type=sa.JSON(), existing_nullable=False, server_default=None)
    op.add_column("media", sa.Column("plays_everywhere", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("stage_run", sa.Column("percent", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("stage_run", "percent")
    op.drop_column("media", "plays_everywhere")
    op.drop_column("media", "original_keys")

"""Store where a question's video was before it was encoded, so that pages loaded before then can still play it."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("prompt_media", sa.Column("uploaded_key", sa.String(200), nullable=True))


def downgrade() -> None:
    op.drop_column("prompt_media", "uploaded_key")

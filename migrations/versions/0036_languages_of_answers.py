"""Add the languages that answers may be in, the language that a candidate chose, and the one detected in the sound."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interview", sa.Column("answer_languages", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("take", sa.Column("language", sa.String(35), nullable=True))
    op.add_column("caption_track", sa.Column("guessed_language", sa.String(35), nullable=True))
    op.add_column("caption_track", sa.Column("guess_probability", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("caption_track", "guess_probability")
    op.drop_column("caption_track", "guessed_language")
    op.drop_column("take", "language")
    op.drop_column("interview", "answer_languages")

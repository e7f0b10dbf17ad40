"""Index each answer in its own language. The index is emptied, and the worker's sweeps fill it again.

`flask --app wsgi search rebuild` fills it at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM cue_search_document")
    op.add_column("interview", sa.Column("found_languages", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("cue_search_document", sa.Column("language", sa.String(35), nullable=False, server_default=""))


def downgrade() -> None:
    op.execute("DELETE FROM cue_search_document")
    op.drop_column("cue_search_document", "language")
    op.drop_column("interview", "found_languages")

"""Add the text that a hit shows to the search index. The index is emptied, and the worker's sweeps fill it again.

`flask --app wsgi search rebuild` fills it at once.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM cue_search_document")


def downgrade() -> None:
    op.execute("DELETE FROM cue_search_document")

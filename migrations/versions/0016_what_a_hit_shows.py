"""The search index holds what a hit shows: what it has is forgotten, and the worker's sweeps write it anew.

`flask --app wsgi search rebuild` does it at once.
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

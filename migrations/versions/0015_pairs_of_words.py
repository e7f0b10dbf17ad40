"""Add pairs of words to PostgreSQL's search index. The index is emptied, and the worker's sweeps fill it again.

`flask --app wsgi search rebuild` fills it at once. SQLite's index stores positions of words, so it does not change.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DELETE FROM cue_search_document")


def downgrade() -> None:
    """Keep the index, because the earlier version can use it too."""

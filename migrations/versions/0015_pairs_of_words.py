"""PostgreSQL's search index knows pairs of words: what it has is forgotten, and the worker's sweeps write it anew.

`flask --app wsgi search rebuild` does it at once. SQLite's index knows places, and stays.
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
    """What is in the index serves the version before as well."""

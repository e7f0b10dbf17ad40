"""PostgreSQL's search index contains pairs of words. It is emptied, and the worker's sweeps fill it again.

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

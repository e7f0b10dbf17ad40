"""Empty the search index, because words are folded differently (points, joiners, vowel signs).

The worker's sweeps fill it again; `flask --app wsgi search rebuild` fills it at once.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM cue_search_document")


def downgrade() -> None:
    op.execute("DELETE FROM cue_search_document")

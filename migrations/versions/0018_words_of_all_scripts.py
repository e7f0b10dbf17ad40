"""Words are folded in another way (points, joiners, vowel signs): what the search index has is removed, and the worker's
sweeps write it again.

`flask --app wsgi search rebuild` does it at once.
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

"""Add what finds answers whose captions a person has to make: a mark for versions without captions, and two indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

AWAITS_PERSON = "is_current AND checked_at IS NULL AND (is_empty OR verdict = 'not understood')"
INDEXES = (
    ("ix_caption_track_awaits_person", "caption_track", ["take_id"], AWAITS_PERSON),
    ("ix_stage_run_failed", "stage_run", ["stage", "take_id"], "state = 'failed'"),
)


def upgrade() -> None:
    op.add_column("caption_track", sa.Column("is_empty", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE caption_track SET is_empty = true"
        " WHERE NOT EXISTS (SELECT 1 FROM cue WHERE cue.track_id = caption_track.id)"
    )
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _columns, _where in INDEXES:
        op.drop_index(name, table)
    op.drop_column("caption_track", "is_empty")

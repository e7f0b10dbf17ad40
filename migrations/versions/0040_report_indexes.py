"""Let the report count candidates who did not send in an index; look again at attempts that may have lost a deadline."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

NAME, UNSENT = "ix_attempt_unsent_begun", sa.text("submitted_at IS NULL")
BEFORE = ["interview_id", "started_at"]
LOOK_AGAIN = """UPDATE attempt SET sweep_at = started_at
WHERE submitted_at IS NULL AND deadline_at IS NULL AND sweep_at > started_at
AND interview_id IN (SELECT id FROM interview WHERE deadline_at IS NULL)"""


def upgrade() -> None:
    op.execute(LOOK_AGAIN)
    _replace([*BEFORE, "sweep_at", "declined_at"])


def downgrade() -> None:
    _replace(BEFORE)


def _replace(columns: list[str]) -> None:
    op.drop_index(NAME, "attempt")
    op.create_index(NAME, "attempt", columns, sqlite_where=UNSENT, postgresql_where=UNSENT)

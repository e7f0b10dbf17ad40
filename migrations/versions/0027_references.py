"""Add a short reference to each invitation, to distinguish candidates with the same name."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

LETTERS = "23456789BCDFGHJKMNPQRTVWXY"
LENGTH = 6


def upgrade() -> None:
    op.add_column("invitation", sa.Column("reference", sa.String(6), nullable=False, server_default=sa.text("''")))
    op.create_index("ix_invitation_reference", "invitation", ["reference"])
    connection = op.get_bind()
    table = sa.table("invitation", sa.column("id"), sa.column("interview_id"), sa.column("reference"))
    given: set[tuple[str, str]] = set()
    for invitation_id, interview_id in connection.execute(sa.select(table.c.id, table.c.interview_id)).all():
        while (interview_id, reference := "".join(secrets.choice(LETTERS) for _ in range(LENGTH))) in given:
            pass
        given.add((interview_id, reference))
        connection.execute(table.update().where(table.c.id == invitation_id).values(reference=reference))


def downgrade() -> None:
    op.drop_index("ix_invitation_reference", "invitation")
    op.drop_column("invitation", "reference")

"""Add a sort key for candidates' names. The application makes it, so that both databases sort the same way."""

import sqlalchemy as sa
from alembic import op

from app.folding import sort_key

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("invitation", sa.Column("sort_key", kind, nullable=False, server_default=sa.text("''")))
    table = sa.table("invitation", *(sa.column(name) for name in ("id", "candidate_name", "sort_key")))
    connection = op.get_bind()
    for row in connection.execute(sa.select(table.c.id, table.c.candidate_name)).all():
        key = sort_key(row.candidate_name)
        connection.execute(table.update().where(table.c.id == row.id).values(sort_key=key))


def downgrade() -> None:
    op.drop_column("invitation", "sort_key")

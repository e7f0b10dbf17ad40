"""Add searchable names and addresses of candidates. The application folds the letters, so that both databases agree."""

import sqlalchemy as sa
from alembic import op

from app.folding import fold

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invitation", sa.Column("folded", sa.Text(), nullable=False, server_default=sa.text("''")))
    table = sa.table("invitation", *(sa.column(name) for name in ("id", "candidate_name", "candidate_email", "folded")))
    connection = op.get_bind()
    rows = connection.execute(sa.select(table.c.id, table.c.candidate_name, table.c.candidate_email)).all()
    for row in rows:
        folded = fold(f"{row.candidate_name}\n{row.candidate_email}")
        connection.execute(table.update().where(table.c.id == row.id).values(folded=folded))


def downgrade() -> None:
    op.drop_column("invitation", "folded")

"""Let a question have a sign-language version and an audio-described version of its media, besides the main one."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TABLES = ("prompt_media", "prompt_encoding")


def upgrade() -> None:
    for table in TABLES:
        role = sa.Column("role", sa.String(10), nullable=False, server_default=sa.text("'main'"))
        with op.batch_alter_table(table) as batch:
            batch.add_column(role)
            batch.drop_constraint(f"pk_{table}", type_="primary")
            batch.create_primary_key(f"pk_{table}", ["question_id", "role"])


def downgrade() -> None:
    for table in TABLES:
        op.execute(sa.text(f"DELETE FROM {table} WHERE role <> 'main'"))
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"pk_{table}", type_="primary")
            batch.create_primary_key(f"pk_{table}", ["question_id"])
            batch.drop_column("role")

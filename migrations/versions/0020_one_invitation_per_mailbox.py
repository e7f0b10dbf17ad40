"""Allow one open invitation per mailbox and interview, whatever the letter case or the form of the domain.

If an older version let one mailbox be invited twice, the first invitation keeps the key of the mailbox. The others get
keys of their own, so that every link still works.
"""

import sqlalchemy as sa
from alembic import op

from app.email_addresses import mailbox_key

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INDEX = "uq_invitation_open_mailbox"
OPEN = sa.text("cancelled_at IS NULL")


def upgrade() -> None:
    op.add_column("invitation", sa.Column("mailbox_key", sa.String(600), nullable=False, server_default=""))
    invitation = sa.table(
        "invitation",
        *(sa.column(name) for name in ("id", "interview_id", "candidate_email", "mailbox_key", "created_at", "cancelled_at")),
    )
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(invitation.c.id, invitation.c.interview_id, invitation.c.candidate_email, invitation.c.cancelled_at)
        .order_by(invitation.c.created_at, invitation.c.id)
    ).all()
    open_keys = set()
    values = []
    for row in rows:
        key = mailbox_key(row.candidate_email)
        if row.cancelled_at is None:
            if (row.interview_id, key) in open_keys:
                key = f"{key} {row.id}"
            open_keys.add((row.interview_id, key))
        values.append({"row_id": row.id, "key": key})
    if values:
        change = sa.update(invitation).where(invitation.c.id == sa.bindparam("row_id"))
        connection.execute(change.values(mailbox_key=sa.bindparam("key")), values)
    with op.batch_alter_table("invitation") as batch:
        batch.alter_column("mailbox_key", existing_type=sa.String(600), existing_nullable=False, server_default=None)
    op.create_index(
        INDEX, "invitation", ["interview_id", "mailbox_key"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_invitation_mailbox_key", "invitation", ["mailbox_key"])


def downgrade() -> None:
    op.drop_index("ix_invitation_mailbox_key", "invitation")
    op.drop_index(INDEX, "invitation")
    op.drop_column("invitation", "mailbox_key")

"""Add legal holds, and records of erasures."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("interview_id", sa.String(26), nullable=True),
        sa.Column("invitation_id", sa.String(26), nullable=True),
        sa.Column("sealed_reason", sa.Text(), nullable=False),
        sa.Column("placed_by_id", sa.String(26), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(interview_id IS NULL) <> (invitation_id IS NULL)", name="ck_hold_is_of_one_thing"),
        sa.ForeignKeyConstraint(["interview_id"], ["interview.id"], name="fk_hold_interview_id_interview"),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name="fk_hold_invitation_id_invitation", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["placed_by_id"], ["staff_user.id"], name="fk_hold_placed_by_id_staff_user"),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
    )
    op.create_index("ix_hold_interview_id", "hold", ["interview_id"])
    op.create_index("ix_hold_invitation_id", "hold", ["invitation_id"])
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("invitation_id", sa.String(26), nullable=False),
        sa.Column("attempt_id", sa.String(26), nullable=True),
        sa.Column("interview_id", sa.String(26), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("takes", sa.JSON(), nullable=False),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["interview_id"], ["interview.id"], name="fk_erasure_interview_id_interview"),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
        sa.UniqueConstraint("invitation_id", name="uq_erasure_invitation_id"),
    )


def downgrade() -> None:
    op.drop_table("erasure")
    op.drop_table("hold")

"""Store who has seen accommodation requests of an interview, and the exceptions that let them review it.

Requests that were seen before this migration are taken from the audit log.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_access",
        sa.Column("interview_id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interview.id"], name=op.f("fk_request_access_interview_id_interview"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_request_access_user_id_staff_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("interview_id", "user_id", name=op.f("pk_request_access")),
    )
    op.create_index(op.f("ix_request_access_user_id"), "request_access", ["user_id"])
    op.create_table(
        "review_exception",
        sa.Column("interview_id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("given_by_id", sa.String(26), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interview.id"], name=op.f("fk_review_exception_interview_id_interview"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_review_exception_user_id_staff_user"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["given_by_id"], ["staff_user.id"], name=op.f("fk_review_exception_given_by_id_staff_user")
        ),
        sa.PrimaryKeyConstraint("interview_id", "user_id", name=op.f("pk_review_exception")),
    )
    op.create_index(op.f("ix_review_exception_user_id"), "review_exception", ["user_id"])
    op.execute(
        "INSERT INTO request_access (interview_id, user_id, first_at) "
        "SELECT invitation.interview_id, audit_event.actor_id, min(audit_event.at) FROM audit_event "
        "JOIN attempt ON attempt.id = audit_event.subject_id "
        "JOIN invitation ON invitation.id = attempt.invitation_id "
        "JOIN staff_user ON staff_user.id = audit_event.actor_id "
        "WHERE audit_event.action = 'request read' GROUP BY invitation.interview_id, audit_event.actor_id"
    )


def downgrade() -> None:
    op.drop_table("review_exception")
    op.drop_table("request_access")

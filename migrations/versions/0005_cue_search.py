"""Create the full-text index, with one row for each answer that reviewers may see. `app/review/search` fills it.

The application folds and stems the words, and separates words with spaces and cues with line breaks, so the tokenizer
only has to split. SQLite's `ascii` tokenizer does so (every byte above 127 is part of a word). PostgreSQL also gets
finished tsvectors.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = ("scope", "stems", "words")


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    vectors = () if is_sqlite else tuple(f"{name}_vector" for name in COLUMNS)
    op.create_table(
        "cue_search_document",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("answer_id", sa.String(length=26), nullable=False),
        sa.Column("cues", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in COLUMNS),
        *(sa.Column(name, postgresql.TSVECTOR(), nullable=False) for name in vectors),
        sa.UniqueConstraint("answer_id", name="uq_cue_search_document_answer_id"),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name="fk_cue_search_document_answer_id_answer", ondelete="CASCADE"
        ),
    )
    if is_sqlite:
        _make_sqlite_index()
    else:
        # No pending list (fastupdate), because every search would have to read the list too.
        op.execute(
            f"CREATE INDEX ix_cue_search_document ON cue_search_document USING gin ({', '.join(vectors)}) "
            "WITH (fastupdate = off)"
        )


def _make_sqlite_index() -> None:
    names, new, old = (", ".join(f"{owner}{name}" for name in COLUMNS) for owner in ("", "new.", "old."))
    op.execute(
        f"CREATE VIRTUAL TABLE cue_search USING fts5({names}, content='cue_search_document', content_rowid='id', "
        "tokenize='ascii', columnsize=0)"
    )
    add = f"INSERT INTO cue_search (rowid, {names}) VALUES (new.id, {new});"
    remove = f"INSERT INTO cue_search (cue_search, rowid, {names}) VALUES ('delete', old.id, {old});"
    for verb, statements in {"INSERT": add, "DELETE": remove, "UPDATE": f"{remove} {add}"}.items():
        op.execute(
            f"CREATE TRIGGER cue_search_{verb.lower()} AFTER {verb} ON cue_search_document BEGIN {statements} END"
        )


def downgrade() -> None:
    op.drop_table("cue_search_document")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE cue_search")

"""The migrated schema equals the models, and migrations keep data."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import MetaData, Table, inspect, text

from app.captions.models import QuestionMediaEncoding
from app.captions.question_versions import MediaPlace, MediaRole
from app.extensions import db
from tests.factories import NOON, make_interview, make_invitation


def belongs_to_models(_object: object, name: str | None, kind: str, *_: object) -> bool:
    return not (kind == "table" and str(name).startswith("cue_search"))


@pytest.mark.usefixtures("app")
def test_migrated_schema_equals_models() -> None:
    with db.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": belongs_to_models}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), db.metadata)
    assert found == []


@pytest.mark.usefixtures("app")
def test_every_constraint_has_a_name() -> None:
    inspector = inspect(db.engine)
    for table in db.metadata.tables:
        unnamed = [key for key in inspector.get_foreign_keys(table) if not key["name"]]
        unnamed += [key for key in inspector.get_unique_constraints(table) if not key["name"]]
        assert not unnamed, table


def test_migrations_can_be_reverted_and_applied_again(app: Flask) -> None:
    with db.engine.connect() as connection:
        before = sorted(inspect(connection).get_table_names())
    downgrade(revision="base")
    with db.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    upgrade()
    with db.engine.connect() as connection:
        assert sorted(inspect(connection).get_table_names()) == before


def test_migration_keeps_both_links_of_a_mailbox_invited_twice(app: Flask) -> None:
    """Older releases compared addresses with SQLite's functions, which ignore case only in ASCII letters."""
    interview = make_interview()
    kept = [make_invitation(interview, candidate_email=f"{name}@example.org")[0].id for name in ("jörg", "other")]
    interview_id = interview.id
    db.session.remove()
    downgrade(revision="0019")
    with db.engine.begin() as connection:
        connection.execute(
            text("UPDATE invitation SET candidate_email = 'JÖRG@example.org' WHERE id = :id"), {"id": kept[1]}
        )
    upgrade()
    with db.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT id, mailbox_key FROM invitation WHERE interview_id = :id"), {"id": interview_id}
        )
        keys = dict(rows.all())  # type: ignore[arg-type]
    assert keys.keys() == set(kept)
    assert "jörg@example.org" in keys.values()
    assert len(set(keys.values())) == 2


def test_migration_makes_older_question_media_the_main_version(app: Flask) -> None:
    question = make_interview().questions[0].id
    db.session.remove()
    downgrade(revision="0037")
    row = {"question_id": question, "source_key": "prompts/x", "duration_ms": 5, "has_video": True, "state": "pending"}
    row |= {"attempts": 0, "made_at": NOON, "updated_at": NOON}
    with db.engine.begin() as connection:
        table = Table("prompt_encoding", MetaData(), autoload_with=connection)
        connection.execute(table.insert(), row)
    upgrade()
    places = [MediaPlace(question), MediaPlace(question, MediaRole.SIGN)]
    assert [db.session.get(QuestionMediaEncoding, place) is not None for place in places] == [True, False]

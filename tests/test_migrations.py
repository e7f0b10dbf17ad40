"""The database that the migrations make is the one that the models describe."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from app.extensions import db


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


def test_migrations_can_be_taken_back_and_made_again(app: Flask) -> None:
    with db.engine.connect() as connection:
        before = sorted(inspect(connection).get_table_names())
    downgrade(revision="base")
    with db.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    upgrade()
    with db.engine.connect() as connection:
        assert sorted(inspect(connection).get_table_names()) == before

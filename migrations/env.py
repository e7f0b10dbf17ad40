"""Alembic's environment: the application's database, its models, and its named constraints."""

from __future__ import annotations

import logging

from alembic import context
from flask import current_app

from app.extensions import WRITE, db
from app.types import UtcDateTime

logging.getLogger("alembic").setLevel(logging.WARNING)


def run() -> None:
    """Run the migrations in one transaction on the application's engine."""
    options = current_app.extensions["migrate"].configure_args
    with db.engine.connect().execution_options(**{WRITE: True}) as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=belongs_to_models,
            render_item=render_own_types,
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()


def belongs_to_models(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Return whether autogenerate should consider a table. Full-text tables are excluded.

    SQLite makes several tables for one full-text index, so these tables have hand-written migrations.
    """
    return not (kind == "table" and str(name).startswith("cue_search"))


def render_own_types(kind: str, item: object, _context: object) -> str | bool:
    """Render our column types as database types, so that old migrations do not depend on our code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


run()

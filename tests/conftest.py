"""Fixtures for every test: a migrated, empty database, a storage folder, and a client that checks every page."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask_migrate import upgrade
from hypothesis import Phase, settings
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app import create_app
from app.accounts import services as accounts
from app.captions import model_choice
from app.captions.speech.model_languages import EVERY_LANGUAGE
from app.captions.speech.models import SpeechModel
from app.config import DEMO_MODEL, Config
from app.extensions import db
from tests.compiled_templates import share_compiled_templates
from tests.desk import mark_desk_tests
from tests.lock_order import LockOrder
from tests.nightly import mark_nightly_tests
from tests.page_check import CheckingClient
from tests.personal_data import PERSONAL, in_files
from tests.postgres_databases import TestDatabases
from tests.quick_parts import QuickPartsMiddleware
from tests.shared_engines import close_shared_connections, share_engines
from tests.url_builders import share_url_builders

pytest_plugins = ["tests.after_suite", "tests.crashes", "tests.log_watch"]

UNTRACED = [phase for phase in Phase if phase is not Phase.explain]
"""Phases of Hypothesis without the one that explains failures, because it traces every line and takes several times as
long.
"""
settings.register_profile("repeatable", derandomize=True, phases=UNTRACED)
settings.load_profile("repeatable")  # `pytest --hypothesis-profile=default` tries different examples in each run

REAL_PASSWORD_HASHER = accounts.password_hasher
accounts.password_hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashing a password at full cost takes about a tenth of a second. One test in tests/accounts checks the full cost."""

share_compiled_templates()
share_url_builders()
share_engines()


@event.listens_for(Engine, "connect")
def _do_not_wait_for_the_disk(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):  # no test can cut the power
        connection.execute("PRAGMA synchronous = OFF")


NOWHERE = "redis://127.0.0.1:1/0"
"""The address of a Redis server that does not exist. Without Redis, the web process must still work, only more slowly.
"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests for `make check` and `make test-nightly`, and run tests that use Redis first, because they mostly
    wait.

    On PostgreSQL run only the tests that use the database, because the other tests have already run on SQLite.
    """
    on_postgresql = bool(os.environ.get("FAIRTAKE_TEST_DATABASE_URL"))
    mark_desk_tests(items)
    mark_nightly_tests(items, on_postgresql=on_postgresql)
    items.sort(key=lambda item: item.get_closest_marker("redis") is None)
    if not on_postgresql:
        return
    needed: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        uses_it = "app" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("database_independent")
        (needed if uses_it else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = needed


def pytest_collection_finish() -> None:
    """Collect garbage less often, and never among the collected tests. It took a tenth of the time of tests of pages."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session")
def base_config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The configuration shared by all tests. A test replaces the settings that it tests."""
    return Config.from_env(
        {
            "FAIRTAKE_SECRET_KEY": "k" * 40,
            "FAIRTAKE_REDIS_URL": NOWHERE,
            "FAIRTAKE_WHISPER_MODEL": str(DEMO_MODEL),
            "FAIRTAKE_MODELS_FOLDER": str(tmp_path_factory.mktemp("models")),
            "FAIRTAKE_WHISPER_DEVICE": "cpu",
            "FAIRTAKE_WHISPER_THREADS": "1",
            "FAIRTAKE_ORGANISATION": "Harbour Trust",
            "FAIRTAKE_BASE_URL": "http://localhost",
        }
    )


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory, base_config: Config) -> Iterator[Callable[[], str]]:
    """Return a function that returns the address of a migrated, empty database. Each call replaces the previous
    database.

    Migrations run once per session. The address is always the same, so that tests can share an engine.
    """
    server = os.environ.get("FAIRTAKE_TEST_DATABASE_URL")
    if server:
        yield from _postgresql_databases(server, base_config)
        return
    folder = tmp_path_factory.mktemp("database")
    template, target = folder / "migrated.db", folder / "test.db"
    _migrate(f"sqlite:///{template}", base_config)

    def copy() -> str:
        close_shared_connections()
        for old in folder.glob(f"{target.name}*"):
            old.unlink()  # a connection that is still open keeps the old file, and cannot change the new one
        shutil.copyfile(template, target)
        return f"sqlite:///{target}"

    yield copy  # noqa: PT022 (with PostgreSQL, above, something follows)


def _postgresql_databases(server: str, base_config: Config) -> Iterator[Callable[[], str]]:
    databases = TestDatabases.on(server)
    _migrate(databases.create_template(), base_config)
    databases.remember_template()

    yield databases.empty_database
    databases.drop_all()


def _migrate(address: str, base_config: Config) -> None:
    app = create_app(replace(base_config, database_url=address, storage_url="file:///tmp/fairtake-template"))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def config(tmp_path: Path, base_config: Config, new_database: Callable[[], str]) -> Config:
    """The configuration of one test, with its own database and storage folder."""
    return replace(base_config, database_url=new_database(), storage_url=f"file://{tmp_path / 'media'}")


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    """The application on an empty, migrated database. Its application context is open during the whole test."""
    app = create_app(config)
    app.config["TESTING"] = True
    app.test_client_class = CheckingClient
    quick_parts = QuickPartsMiddleware(app)
    app.wsgi_app = quick_parts  # type: ignore[method-assign]
    order = LockOrder()
    order.watch()
    try:
        with app.app_context():
            yield app
            quick_parts.close()
            db.session.remove()
            if db.engine.dialect.name == "sqlite":
                db.engine.dispose()
    finally:
        order.end()
    assert sorted(set(order.problems)) == []
    assert PERSONAL.findall(in_files(config.temporary_root)) == []


@pytest.fixture
def client(app: Flask) -> CheckingClient:
    """A browser without JavaScript that checks every page that it fetches."""
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    return client


@pytest.fixture
def many_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the small English model of the tests claim all languages of Whisper, as Whisper base does."""
    find = model_choice.find_model

    def find_model(*arguments: Any) -> SpeechModel:
        return replace(find(*arguments), languages=EVERY_LANGUAGE)

    monkeypatch.setattr(model_choice, "find_model", find_model)


@pytest.fixture
def use_config(app: Flask) -> Callable[..., None]:
    """Return a function that changes the running application's settings."""

    def change(**settings: object) -> None:
        app.config["FAIRTAKE"] = replace(app.config["FAIRTAKE"], **settings)  # type: ignore[arg-type]

    return change

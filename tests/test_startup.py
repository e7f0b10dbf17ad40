"""If a requirement is missing, commands, the server and the worker report it in one line, without a stack trace."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask_migrate import downgrade, upgrade

from app import create_app, serve
from app.accounts.models import Role
from app.config import Config
from app.extensions import db
from app.startup import require_ready_to_start, require_schema
from tests.factories import make_user
from tests.worker_process import environment_of

COMMANDS = [
    ["create-user", "a@example.org", "--name", "A", "--role", "reviewer", "--password", "p" * 12],
    ["change-roles", "a@example.org", "--role", "reviewer"],
    ["sweep"],
    ["search", "rebuild"],
    ["audit", "verify"],
    ["retention", "run"],
    ["erase", "x", "--yes"],
    ["seed-demo"],
]


@pytest.fixture
def empty(config: Config, tmp_path: Path) -> Config:
    """An installation with an empty database."""
    return replace(config, database_url=f"sqlite:///{tmp_path / 'empty.db'}")


def run(app: Flask, command: list[str]) -> Result:
    return app.test_cli_runner().invoke(args=command)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_command_without_tables_names_the_upgrade(empty: Config, command: list[str]) -> None:
    result = run(create_app(empty), command)
    assert result.exit_code == 1
    assert result.output == "Error: The database has no tables yet. Run: flask --app wsgi db upgrade\n"


def test_command_with_older_tables_names_the_upgrade(empty: Config) -> None:
    app = create_app(empty)
    with app.app_context():
        upgrade()
        downgrade()
        db.engine.dispose()
    result = run(app, ["audit", "verify"])
    assert result.exit_code == 1
    assert "older than this version of Fairtake. Run: flask --app wsgi db upgrade" in result.output
    assert result.output.count("\n") == 1


def test_newer_tables_are_accepted(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'zzzz'")
    require_schema(app)


@pytest.mark.parametrize("command", [["audit", "verify"], ["db", "upgrade"]], ids=["audit verify", "db upgrade"])
def test_command_reports_an_unavailable_database_in_one_line(
    config: Config, tmp_path: Path, command: list[str]
) -> None:
    broken = create_app(replace(config, database_url=f"sqlite:///{tmp_path / 'no' / 'folder.db'}"))
    result = run(broken, command)
    assert result.exit_code == 1
    assert result.output.startswith("Error: The database is unavailable (OperationalError).")
    assert result.output.count("\n") == 1


def test_a_command_works_once_there_are_tables(app: Flask) -> None:
    make_user(Role.REVIEWER, email="a@example.org")
    assert run(app, ["change-roles", "a@example.org", "--role", "compliance"]).exit_code == 0


def start(config: Config, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], env=environment_of(config), capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("command", [["-m", "app.serve", "--port", "0"], ["worker.py"]], ids=["server", "worker"])
def test_server_and_worker_do_not_start_without_tables(empty: Config, command: list[str]) -> None:
    ended = start(empty, *command)
    assert ended.returncode == 1
    assert ended.stderr == "The database has no tables yet. Run: flask --app wsgi db upgrade\n"


def test_a_server_waits_for_a_database_that_is_down(config: Config, tmp_path: Path) -> None:
    broken = create_app(replace(config, database_url=f"sqlite:///{tmp_path / 'no' / 'folder.db'}"))
    require_ready_to_start(broken)


def test_port_in_use_is_reported_in_one_line(config: Config, app: Flask) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = start(config, "-m", "app.serve", "--port", str(port))
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Port {port} of 127.0.0.1 is in use.")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["70000", "-1", "http", "80.5"])
def test_invalid_port_is_reported(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        serve.main([f"--port={port}"])
    assert "expected a number from 0 to 65535" in capsys.readouterr().err

"""Checkpoints of the audit log that are stored elsewhere, the exported log, and its checker, which runs without this
application.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app import audit
from app.compliance import commands
from app.config import PROJECT_ROOT
from tests.test_audit import rewrite, write_events

pytestmark = pytest.mark.every_database
CHECKER = PROJECT_ROOT / "tools" / "check_audit_log.py"


@pytest.fixture
def cli(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def checkpoint(cli: FlaskCliRunner, tmp_path: Path) -> Path:
    """A checkpoint file of a log with three events."""
    write_events(3)
    file = tmp_path / "checkpoints.jsonl"
    file.write_text(cli.invoke(args=["audit", "checkpoint"]).stdout)
    return file


def verify(cli: FlaskCliRunner, file: Path, *more: str) -> tuple[int, str]:
    done = cli.invoke(args=["audit", "verify", "--against", str(file), *more])
    return done.exit_code, done.output


def check(*arguments: object) -> tuple[int, str]:
    """Run the checker as an auditor would, outside the project's folder."""
    command = [sys.executable, "-I", str(CHECKER), *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
    return done.returncode, done.stdout + done.stderr


def test_continued_log_is_intact_against_its_checkpoints(cli: FlaskCliRunner, checkpoint: Path) -> None:
    write_events(2)
    checkpoint.write_text(checkpoint.read_text() + "\n" + cli.invoke(args=["audit", "checkpoint"]).stdout)
    code, said = verify(cli, checkpoint)
    assert code == 0
    assert "whole: 5 events" in said
    assert "all 2 checkpoints" in said


def test_a_log_rewritten_from_the_start_is_found(cli: FlaskCliRunner, checkpoint: Path) -> None:
    rewrite(4)
    assert cli.invoke(args=["audit", "verify"]).exit_code == 0
    code, said = verify(cli, checkpoint)
    assert code == 1
    assert "broken at event 3" in said
    assert "kept elsewhere" in said


def test_a_changed_checkpoint_and_that_of_another_key_are_refused(cli: FlaskCliRunner, checkpoint: Path) -> None:
    fields = json.loads(checkpoint.read_text())
    checkpoint.write_text(json.dumps({**fields, "number": 2}))
    assert "line 1 was changed" in verify(cli, checkpoint)[1]
    other = "A" * 43 + "="
    checkpoint.write_text(json.dumps({**fields, "key": other}))
    assert verify(cli, checkpoint)[0] == 0, "the key in the file proves nothing and is not asked"
    assert "another key" in verify(cli, checkpoint, "--key", "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=")[1]
    assert "not 32 bytes" in verify(cli, checkpoint, "--key", "AAAA")[1]


@pytest.mark.parametrize("content", ["", "\n", "[]", "{}", "null", "\x00", '{"format": 1', "9" * 100_000, "[" * 50])
def test_invalid_checkpoint_is_reported(cli: FlaskCliRunner, tmp_path: Path, content: str) -> None:
    file = tmp_path / "file"
    file.write_text(content)
    code, said = verify(cli, file)
    assert code == 1
    assert said.startswith("Error: ")
    assert "Traceback" not in said


@pytest.mark.parametrize(("stopped_at", "said"), [(2, "no event was checked yet"), (4, "events 1 to 2 are intact")])
def test_stopped_verification_reports_its_progress(
    cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch, stopped_at: int, said: str
) -> None:
    write_events(5)
    monkeypatch.setattr(audit, "BATCH", 2)

    def walk(session: Session, held: list[audit.Link], seen: Callable[[int], None]) -> audit.Verification:
        def press_ctrl_c(number: int) -> None:
            if number >= stopped_at:
                raise KeyboardInterrupt
            seen(number)

        return audit.verify(session, held, press_ctrl_c)

    monkeypatch.setattr(commands, "walk", walk)
    done = cli.invoke(args=["audit", "verify"])
    assert done.exit_code == commands.STOPPED
    assert f"Stopped: {said}. The rest was not checked" in done.output


def test_exported_log_is_verified_without_the_application(
    cli: FlaskCliRunner, checkpoint: Path, tmp_path: Path
) -> None:
    key = cli.invoke(args=["audit", "key"]).stdout.strip()
    export = tmp_path / "log.jsonl"
    assert cli.invoke(args=["audit", "export", str(export)]).exit_code == 0
    lines = export.read_text().splitlines()
    assert json.loads(lines[-1])["action"] == "log exported"
    assert json.loads(lines[-1])["details"] == {"rows": len(lines)}
    assert check(export) == (0, "The log is whole: 4 events. It matches 0 checkpoints.\n")
    assert check(export, checkpoint, key)[0] == 0

    export.write_text("\n".join([lines[0], lines[2]]))
    assert check(export) == (1, "The log is broken: event 2 is missing.\n")
    export.write_text("\n".join([lines[0], lines[1].replace("signed in", "signed out"), *lines[2:]]))
    assert "event 2 was changed" in check(export)[1]
    export.write_text("\n".join(lines[:2]))
    assert check(export)[0] == 0
    assert "event 3 differs from its checkpoint" in check(export, checkpoint, key)[1]
    assert "was not signed by this key" in check(export, checkpoint, "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=")[1]
    export.write_text("no log")
    assert check(export)[0] == 1
    assert check()[0] == 2

"""The test runner reports everything that `make test` could not run.

A model missing from the network is not a failure.
"""

from __future__ import annotations

import pytest

from tools import run_tests


def test_a_real_model_that_cannot_be_had_is_said_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(run_tests, "set_up", lambda: None)
    monkeypatch.setattr(run_tests, "run", lambda *_: False)
    monkeypatch.setattr(run_tests, "collected", lambda *_: ["tests/x.py::test_y"])
    monkeypatch.setattr(run_tests, "missing", [])
    monkeypatch.setattr(run_tests, "unavailable", [])
    monkeypatch.setattr("sys.argv", ["run_tests", "tests with a real speech model"])
    assert run_tests.main() == 0
    said = capsys.readouterr().out
    assert "!!! NOT RUN: whisper base could not be fetched, so these were not run:\n  tests/x.py::test_y" in said


def test_something_that_this_machine_lacks_fails_where_everything_must_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(run_tests, "set_up", lambda: run_tests.missing.append("a browser"))
    monkeypatch.setattr(run_tests, "missing", [])
    monkeypatch.setattr("sys.argv", ["run_tests", "no such step"])
    assert run_tests.main() == 1

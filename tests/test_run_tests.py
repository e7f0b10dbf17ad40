"""The test runner reports everything that `make test` could not run.

A model missing from the network is not a failure.
"""

from __future__ import annotations

import pytest

from tools import run_tests


def test_unavailable_real_model_is_reported_and_is_not_a_failure(
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


def test_missing_program_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(run_tests, "set_up", lambda: run_tests.missing.append("a browser"))
    monkeypatch.setattr(run_tests, "missing", [])
    monkeypatch.setattr("sys.argv", ["run_tests", "no such step"])
    assert run_tests.main() == 1

"""The test runner reports every step that `make test` could not run.

A speech model that could not be downloaded is not a failure.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

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


def test_steps_that_follow_each_other_run_side_by_side() -> None:
    assert run_tests.groups(["lint", "types", "tests", "tests in Firefox", "tests with a screen reader"]) == [
        ["lint", "types"],
        ["tests"],
        ["tests in Firefox", "tests with a screen reader"],
    ]
    assert run_tests.groups(["types", "tests", "prose"]) == [["types"], ["tests"], ["prose"]]


def test_steps_side_by_side_start_together_print_apart_and_fail_alone(capfd: pytest.CaptureFixture[str]) -> None:
    both_have_begun = threading.Barrier(2, timeout=60)

    def step(name: str, status: int) -> Callable[[], bool]:
        def run() -> bool:
            both_have_begun.wait()
            lines = f"print('{name} begins', flush=True); print('{name} ends'); raise SystemExit({status})"
            return run_tests.run([sys.executable, "-c", lines])

        return run

    assert run_tests.run_steps({"lint": step("lint", 0), "types": step("types", 1)}, []) == ["types"]
    printed = capfd.readouterr().out
    for name in ("lint", "types"):
        assert f"{name} begins\n{name} ends\n" in printed

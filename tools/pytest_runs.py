"""Runs pytest for the steps of a command. Tests that failed can be run again later, when nothing else runs.

A test shares this machine's cores, disk, sound and screen with everything else that runs on it. So a failure counts only
if the test fails again when it runs alone. A test that passes then is named in the summary.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache

from tools.lanes import ROOT, run, say

SLOWEST = ("--durations=30", "--durations-min=2")
FAILED_BEFORE = ("--last-failed", "--last-failed-no-failures=none")
MAX_RUN_AGAIN = 20
"""If more tests of a step fail, they are not run again, because the cause is no accident."""
CHECKED_PAGES = "FAIRTAKE_CHECKED_PAGES"
"""Environment variable with the folder in which all test processes of this run name the kinds of pages without problems
(tests/page_check.py).
"""
_failures: dict[str, list[str]] = {}
"""The names of the tests that failed, by step."""
_again: set[str] = set()
"""The steps that run only the tests that failed before."""


def pytest(
    step: str, *arguments: str, database: str | None = None, environment: Mapping[str, str] | None = None
) -> bool:
    """Run pytest on the PostgreSQL database `database`, or on SQLite without it. Returns whether it passed.

    `environment` adds variables. Each run has its own folder for temporary files, because pytest deletes those of earlier
    runs, even if they still run in another lane. Each step has its own cache, because a step runs its own failures again.
    """
    arguments = ("-o", f"cache_dir=.pytest_cache/{step.replace(' ', '-')}", *arguments)
    variables = {name: value for name, value in os.environ.items() if name != "FAIRTAKE_TEST_DATABASE_URL"}
    if database:
        variables["FAIRTAKE_TEST_DATABASE_URL"] = database
    alone = (*FAILED_BEFORE, *arguments, "-n", "0")
    with tempfile.TemporaryDirectory(prefix="t", ignore_cleanup_errors=True) as folder:  # short, for paths of sockets
        variables |= {"PYTEST_DEBUG_TEMPROOT": folder, CHECKED_PAGES: _checked_pages(), **(environment or {})}
        chosen = alone if step in _again else arguments
        passed = run([sys.executable, "-m", "pytest", "-q", *SLOWEST, *chosen], variables)
    if not passed and step not in _again:
        _failures[step] = collected(*alone)
    return passed


@cache
def _checked_pages() -> str:
    folder = tempfile.mkdtemp(prefix="pages")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def passes_again(step: str, run_step: Callable[[], bool]) -> list[str]:
    """Run the failed tests of a step again. Returns their names if all of them pass now, and otherwise nothing."""
    failed = _failures.get(step, [])
    if not 0 < len(failed) <= MAX_RUN_AGAIN:
        return []
    say(f"\n== {step}: {len(failed)} again, alone ==")
    _again.add(step)
    try:
        return failed if run_step() else []
    finally:
        _again.remove(step)


def collected(*arguments: str) -> list[str]:
    """Return the names of the tests that the arguments select."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", *arguments]
    found = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    return [line for line in found.stdout.splitlines() if "::" in line]

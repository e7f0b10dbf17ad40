"""`make test`: install what the tests need, and run all checks and tests.

These are lint, types, prose and scripts, and the tests on SQLite, on PostgreSQL, in Chromium, in Firefox and with a
screen reader. All steps run, even after a failure. Tests that failed are run again at the end, alone. The summary says what
failed, what passed only then, and what could not be run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from tools.front_end import require_tools
from tools.lanes import run, run_steps
from tools.node_packages import NodePackageError, install_packages
from tools.nu_checker import ADDRESS as NU_ADDRESS
from tools.nu_checker import NoNuChecker, running_nu_checker
from tools.postgres import NoPostgres, running_postgres
from tools.programs_for_tests import (
    has_chromium,
    has_firefox,
    install_programs,
    lacking_for_a_screen_reader,
    lacking_for_its_voice,
)
from tools.pytest_runs import collected, passes_again, pytest

BIN = Path(sys.executable).parent
WORKERS = str((os.cpu_count() or 1) + 1)  # more workers than cores, because some tests wait for processes
BROWSER_WORKERS = str(2 * (os.cpu_count() or 1))  # recording takes real time, so tests wait half of their time
NO_BROWSER = "not browser and not firefox and not screenreader and not realmodel and not services"
IN_BROWSER, IN_FIREFOX, WITH_ORCA = "tests/browser", "tests/firefox", "tests/screenreader"
REAL_MODEL = "tests/captions/test_real_model.py"
"""The steps with a marker collect only these, because collecting the whole suite takes 15 s of processor time for each
process.
"""
SHARED = (
    "-n",
    WORKERS,
    "--dist",
    "worksteal",
    *(f"--ignore={folder}" for folder in (IN_BROWSER, IN_FIREFOX, WITH_ORCA)),
)
IS_NIGHTLY = "--nightly"
"""The argument that runs the tests marked `nightly` instead of all others."""
NIGHTLY = ("tests", "tests on PostgreSQL", "tests in Chromium", "tests with a screen reader")
"""Steps with tests that are marked `nightly`, because they repeat what another test shows."""
missing: list[str] = []
unavailable: list[str] = []
"""Steps that could not run because a network service is unavailable. They are reported, but are not failures."""


def main() -> int:
    """Run all steps, or those named on the command line. Returns 0 if all passed.

    With --nightly, run the tests that `make test` leaves out because they repeat what another test shows.
    With CI=true, a step that could not run because a program is missing counts as a failure too.
    """
    set_up()
    wanted = [name for name in sys.argv[1:] if name != IS_NIGHTLY]
    failed = run_steps(STEPS, wanted or (NIGHTLY if IS_NIGHTLY in sys.argv else ()))
    unsteady = {name: passes_again(name, STEPS[name]) for name in failed}
    failed = [name for name in failed if not unsteady[name]]
    for line in [*missing, *unavailable]:
        print(f"\n!!! NOT RUN: {line}")
    for test in chain.from_iterable(unsteady.values()):
        print(f"\n!!! PASSED ONLY WHEN RUN AGAIN, ALONE; find out why: {test}")
    if failed:
        print("\nFailed: " + ", ".join(failed))
    return 1 if failed or (missing and os.environ.get("CI") == "true") else 0


def set_up() -> None:
    """Install missing Debian and npm packages for the tests, if possible."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each process would compile all tests again, in 8 s
    install_programs()
    try:
        install_packages()
    except NodePackageError as problem:
        missing.append(f"the npm packages of package.json, and what needs them: {problem}")


def lint() -> bool:
    """Check style, imports and formatting of Python and templates."""
    return all(
        [
            run([str(BIN / "ruff"), "check", "."]),
            run([str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
            run([str(BIN / "djlint"), "app/templates", "--lint", "--quiet"]),
        ]
    )


def types() -> bool:
    """Check the types of the Python code."""
    return run([str(BIN / "mypy")])


def english() -> bool:
    """Check the English of messages, docstrings, comments and documents."""
    return run([sys.executable, "-m", "tools.prose"])


def front_end() -> bool:
    """Check scripts and style sheets."""
    try:
        require_tools()
    except NodePackageError as problem:
        missing.append(f"all checks of scripts and style sheets: {problem}")
        return True
    return run([sys.executable, "-m", "tools.front_end", "check"])


def on_sqlite() -> bool:
    """Run all tests that need no browser. The queue tests use a real Redis."""
    return pytest("tests", "-m", marked(NO_BROWSER), *SHARED)


def on_postgresql() -> bool:
    """Run the tests that need no browser again, on PostgreSQL."""
    given = os.environ.get("FAIRTAKE_TEST_DATABASE_URL")
    if given:
        return pytest("tests on PostgreSQL", "-m", marked(NO_BROWSER), *SHARED, database=given)
    try:
        with running_postgres() as address:
            return pytest("tests on PostgreSQL", "-m", marked(NO_BROWSER), *SHARED, database=address)
    except NoPostgres as problem:
        missing.append(f"all database tests on PostgreSQL: {problem}")
        return True


def with_real_model() -> bool:
    """Run the tests that need a real speech model. The model is downloaded if possible."""
    fetch = [sys.executable, "-m", "flask", "--app", "wsgi", "model", "fetch", "base"]
    if not run(fetch, {**os.environ, "FAIRTAKE_SECRET_KEY": "no secret: only a model is fetched with it"}):
        tests = collected("-m", "realmodel", REAL_MODEL)
        unavailable.append("whisper base could not be fetched, so these were not run:\n  " + "\n  ".join(tests))
        return True
    return pytest("tests with a real speech model", "-m", marked("realmodel"), "-n", "0", REAL_MODEL)


def in_browser() -> bool:
    """Run the tests in Chromium."""
    if not has_chromium():
        tests = collected("-m", "browser", IN_BROWSER)
        missing.append("there is no Chromium, so these were not run:\n  " + "\n  ".join(tests))
        return True
    in_chromium = ("tests in Chromium", "-m", marked("browser and not screens"))
    arguments = (*in_chromium, "-n", BROWSER_WORKERS, "--dist", "worksteal", IN_BROWSER)
    try:
        with running_nu_checker() as address:
            return pytest(*arguments, environment={NU_ADDRESS: address})
    except NoNuChecker as problem:
        missing.append(f"the Nu HTML checker on every page and state: {problem}")
        return pytest(*arguments)


def in_firefox() -> bool:
    """Run the tests in Firefox."""
    if not has_firefox():
        missing.append(
            "there is no Firefox, so these were not run:\n  " + "\n  ".join(collected("-m", "firefox", IN_FIREFOX))
        )
        return True
    return pytest("tests in Firefox", "-m", marked("firefox"), "-n", "0", IN_FIREFOX)


def with_screen_reader() -> bool:
    """Run the tests in which the screen reader Orca reads pages in Chromium."""
    lacking = lacking_for_a_screen_reader()
    if not has_chromium():
        lacking.append("chromium")
    if lacking:
        tests = collected("-m", "screenreader", WITH_ORCA)
        missing.append(f"there is no {', '.join(lacking)}, so these were not run:\n  " + "\n  ".join(tests))
        return True
    silent = lacking_for_its_voice()
    if silent:
        missing.append(f"whether a screen reader is heard in a recording: there is no {', '.join(silent)}")
    return pytest("tests with a screen reader", "-m", marked("screenreader"), "-n", "0", WITH_ORCA)


def marked(expression: str) -> str:
    """Return the marker expression for the tests of this run: those marked `nightly`, or all others."""
    return f"{expression} and {'nightly' if IS_NIGHTLY in sys.argv else 'not nightly'}"


STEPS: dict[str, Callable[[], bool]] = {
    "lint": lint,
    "types": types,
    "prose": english,
    "front end": front_end,
    "tests": on_sqlite,
    "tests on PostgreSQL": on_postgresql,
    "tests in Chromium": in_browser,
    "tests with a screen reader": with_screen_reader,
    "tests in Firefox": in_firefox,
    "tests with a real speech model": with_real_model,
}

if __name__ == "__main__":
    sys.exit(main())

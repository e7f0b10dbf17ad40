"""`make test`: sets up what the tests need and runs them: lint, types, on SQLite, on PostgreSQL, in Chromium.

Everything runs even when something before it failed; the end says what did. What could not run is named, loudly.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tools.postgres import NoPostgres, find_binaries, running_postgres
from tools.redis_server import NoRedis, find_redis

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
WORKERS = str((os.cpu_count() or 1) + 1)  # some tests wait for processes
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
missing: list[str] = []


def main() -> int:
    """Run every step; return 0 when all of them passed. With CI=true a step that could not run is a failure too."""
    set_up()
    failed = []
    for name, step in STEPS.items():
        print(f"\n== {name} " + "=" * (76 - len(name)), flush=True)
        began = time.monotonic()
        if not step():
            failed.append(name)
        print(f"-- {name}: {time.monotonic() - began:.0f} s", flush=True)
    for line in missing:
        print(f"\n!!! NOT RUN: {line}")
    if failed:
        print("\nFailed: " + ", ".join(failed))
    return 1 if failed or (missing and os.environ.get("CI") == "true") else 0


def set_up() -> None:
    """Install the Debian packages that the tests need and this machine lacks, where that is possible."""
    wanted = {
        "chromium": any(shutil.which(name) for name in CHROMIUM),
        "postgresql": _works(find_binaries),
        "redis-server": _works(find_redis),
    }
    lacking = [package for package, is_there in wanted.items() if not is_there]
    if lacking:
        subprocess.run([str(ROOT / "tools" / "install-packages"), *lacking], check=False)  # noqa: S603


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
    """Check types."""
    return run([str(BIN / "mypy")])


def on_sqlite() -> bool:
    """Run every test that needs no browser: unit, database, queue against a real Redis."""
    return pytest("-m", "not browser", "-n", WORKERS)


def on_postgresql() -> bool:
    """Run the tests that use the database again, on PostgreSQL."""
    given = os.environ.get("FAIRTAKE_TEST_DATABASE_URL")
    if given:
        return pytest("-m", "not browser", "-n", WORKERS, database=given)
    try:
        with running_postgres() as address:
            return pytest("-m", "not browser", "-n", WORKERS, database=address)
    except NoPostgres as problem:
        missing.append(f"all database tests on PostgreSQL: {problem}")
        return True


def in_browser() -> bool:
    """Run the tests that drive a real Chromium."""
    if not any(shutil.which(name) for name in CHROMIUM):
        tests = collected("-m", "browser")
        missing.append("there is no Chromium, so these were not run:\n  " + "\n  ".join(tests))
        return True
    return pytest("-m", "browser", "-n", "2", "--dist", "loadfile")


def pytest(*arguments: str, database: str | None = None) -> bool:
    """Run pytest; with `database` on that PostgreSQL, else on SQLite."""
    environment = {name: value for name, value in os.environ.items() if name != "FAIRTAKE_TEST_DATABASE_URL"}
    if database:
        environment["FAIRTAKE_TEST_DATABASE_URL"] = database
    return run([sys.executable, "-m", "pytest", "-q", *arguments], environment)


def collected(*arguments: str) -> list[str]:
    """Return the names of the tests that a selection holds."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", *arguments]
    found = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    return [line for line in found.stdout.splitlines() if "::" in line]


def run(command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run a program in the project's folder; return whether it succeeded."""
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0  # noqa: S603


def _works(find: Callable[[], object]) -> bool:
    try:
        find()
    except (NoPostgres, NoRedis):
        return False
    return True


STEPS: dict[str, Callable[[], bool]] = {
    "lint": lint,
    "types": types,
    "tests": on_sqlite,
    "tests on PostgreSQL": on_postgresql,
    "tests in Chromium": in_browser,
}

if __name__ == "__main__":
    sys.exit(main())

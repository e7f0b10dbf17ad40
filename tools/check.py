"""`make check`: lint, types, scripts, prose, and the tests that need only Python. It takes about two minutes.

These checks use no browser, server, database, speech model or recording. `make test` runs everything.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from tools.lanes import run_steps
from tools.node_packages import NodePackageError, install_packages
from tools.pytest_runs import pytest
from tools.run_tests import english, front_end, lint, missing, types

WORKERS = str(os.cpu_count() or 1)
ELSEWHERE = ("browser", "firefox", "screenreader", "fuzz")
"""Test folders without a test that needs only Python. They are ignored, because collecting their tests takes time."""


def scripts() -> bool:
    """Check scripts and style sheets with the tools of package.json, and install the tools first if possible."""
    with suppress(NodePackageError):
        install_packages()
    return front_end()


def pure_tests() -> bool:
    """Run the tests that need only Python, as selected by tests/desk.py."""
    return pytest("pure tests", "-m", "desk", "-n", WORKERS, *(f"--ignore=tests/{folder}" for folder in ELSEWHERE))


STEPS = {"lint": lint, "types": types, "front end": scripts, "prose": english, "pure tests": pure_tests}

if __name__ == "__main__":
    failed = run_steps(STEPS, sys.argv[1:])
    for line in missing:
        print(f"\n!!! NOT RUN: {line}")
    sys.exit(f"\nFailed: {', '.join(failed)}" if failed else 0)

"""A short form of `make test-faults`: after a few faults with fixed seeds, nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SECONDS = 1500
"""The machine may be busy. On an idle one, a round takes some seconds."""


@pytest.mark.redis
@pytest.mark.database_independent
@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize(
    "kinds",
    [
        ["worker_process_killed", "web_process_killed", "redis_killed"],
        ["disk_full", "clock_moved", "job_given_twice"],
    ],
    ids=" ".join,
)
def test_nothing_is_lost_after_faults(kinds: list[str]) -> None:
    command = [sys.executable, "-m", "tests.faults", "--seed", "15", "--size", "small", "--faults", "3", "--in-order"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FAIRTAKE_")}
    done = subprocess.run(
        [*command, "--kinds", *kinds], env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    assert "3 faults" in done.stdout

"""A test whose process crashes is run once more and reported. If the process crashes both times, the test fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(source)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.crashes",
        "-n",
        "2",
        "--dist",
        "worksteal",
        "test_it.py",
    ]
    options = ["-c", "/dev/null", "--rootdir", str(folder), "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *options],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_test_whose_process_ended_is_run_again_and_named(tmp_path: Path) -> None:
    source = """
import os
from pathlib import Path
def test_that_ends_its_process_once():
    mark = Path("been")
    if not mark.exists():
        mark.touch()
        os._exit(3)
def test_beside_it():
    pass
"""
    done = run(tmp_path, source)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert "THE PROCESS OF A TEST ENDED; find out why: test_it.py::test_that_ends_its_process_once" in done.stdout


def test_signal_that_ends_a_process_is_noted_with_its_stack(tmp_path: Path) -> None:
    done = run(tmp_path, "import os, signal\ndef test_it():\n    os.kill(os.getpid(), signal.SIGTERM)\n")
    assert done.returncode == 1, done.stdout + done.stderr
    assert 'test_it.py", line 3 in test_it' in done.stdout


def test_test_that_always_ends_its_process_fails(tmp_path: Path) -> None:
    done = run(tmp_path, "import os\ndef test_it():\n    os._exit(3)\n")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "crashed while running" in done.stdout


def test_lowering_a_limit_of_its_process_fails_the_test_that_does_it_and_no_other(tmp_path: Path) -> None:
    source = """
import resource
def test_that_lowers():
    resource.setrlimit(resource.RLIMIT_CPU, (60, resource.RLIM_INFINITY))
def test_after_it():
    assert resource.getrlimit(resource.RLIMIT_CPU)[0] == resource.RLIM_INFINITY
"""
    done = run(tmp_path, source)
    assert "2 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert "ERROR test_it.py::test_that_lowers" in done.stdout

"""The search after the last test finds personal data, names the file, and fails the run."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from tests.after_suite import leaks_in

ROOT = Path(__file__).resolve().parent.parent
SOURCE = """
import logging
from tests.personal_data import AnswerTexts
ANSWER = " ".join(["I", "asked", "the", "harbour", "master"])
def test_that_leaves_something(tmp_path):
    AnswerTexts.note(ANSWER)
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "answer").write_text(ANSWER)
    (tmp_path / "test.db").write_text(ANSWER)
    {leak}
def test_beside_it():
    pass
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
@pytest.mark.parametrize(
    ("leak", "code"),
    [
        ("(tmp_path / 'worker.log').write_text('invited ' + 'candidate%s@example.org' % 12)", 1),
        ("(tmp_path / 'part').write_bytes(b'\\xff\\0' + b'Candidate %d' % 3 + b'\\xff')", 1),
        ("(tmp_path / 'draft').write_text(ANSWER)", 1),
        ("(tmp_path / 'worker.log').write_text('invited a candidate')", 0),
    ],
)
def test_leak_fails_the_run_and_its_file_is_named(
    tmp_path: Path, leak: str, code: int, workers: tuple[str, ...]
) -> None:
    (tmp_path / "test_it.py").write_text(SOURCE.format(leak=leak))
    own = tmp_path / "own"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.after_suite", "--basetemp", str(own), "test_it.py"]
    options = ["-c", "/dev/null", "--rootdir", str(tmp_path), "-p", "no:cacheprovider", *workers]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(
        [*command, *options], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    shutil.rmtree(own)  # or the search of this run would find it
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == code, done.stdout + done.stderr
    assert ("personal data outside its place" in done.stdout) == bool(code)
    if code:
        assert leak.split("'")[1] in done.stdout.rsplit("personal data", 1)[1]


def test_value_that_was_compressed_for_redis_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "appendonlydir"
    folder.mkdir()
    file = folder / "appendonly.aof.1.incr.aof"
    file.write_bytes(b"$30\r\n" + zlib.compress(b"notify Person %d" % 4) + b"\r\n*1\r\nx\x9c")
    found = leaks_in(folder)
    file.unlink()
    assert found == [f"{file}: Person 4"]

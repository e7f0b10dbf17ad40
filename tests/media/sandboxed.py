"""Helpers that read recordings in the sandboxed child process, and replace the child with programs that misbehave."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from app.media import sandbox
from app.media.facts import MediaBudget
from app.media.sandbox import Preparation, PreparedMedia, prepare_media
from tests.waiting import LONG_SECONDS

ROOT = Path(__file__).resolve().parents[2]


WALLED = """
import json, os, socket, sys, threading, types
from pathlib import Path
from typing import Any
app = types.ModuleType("app"); app.__path__ = [{root!r} + "/app"]; sys.modules["app"] = app
from app.media import confinement
folder, secret = Path({folder!r}), Path({secret!r})
allowance = confinement.ProcessLimits(512 * 2**20, {cpu}, 10_000)
walls = confinement.confine(allowance, [folder / "mine"], folder, os.getppid())
def attempt(action):
    try:
        action()
    except BaseException as problem:
        return type(problem).__name__
    return "done"
{body}
"""


def prepare(
    tmp_path: Path,
    *segments: Path,
    limits: MediaBudget | None = None,
    way: Preparation = Preparation.COPY,
    note: Any = None,
) -> PreparedMedia:
    made = tmp_path / "made"
    made.mkdir(exist_ok=True)
    return prepare_media(segments, made, limits, way=way, note=note)


def use_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> None:
    """Replace the child with another program, which runs in the folder for results."""
    child = tmp_path / "child.py"
    begin = "import json, os, signal, sys, time\nrequest = json.load(sys.stdin)\nos.chdir(request['folder'])\n"
    child.write_text(begin + textwrap.dedent(program))
    monkeypatch.setattr(sandbox, "CHILD", child)


def behind_walls(tmp_path: Path, body: str, cpu: int = 20) -> subprocess.CompletedProcess[str]:
    """Run `body` as a program in the sandbox.

    `body` can call `attempt(action)`, which returns "done" or the name of the exception.
    """
    folder, secret = tmp_path / "folder", tmp_path / "secret"
    folder.mkdir()
    secret.write_text("another candidate")
    (folder / "mine").write_text("mine")
    program = WALLED.format(root=str(ROOT), folder=str(folder), secret=str(secret), cpu=cpu, body=textwrap.dedent(body))
    return subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=LONG_SECONDS, check=False
    )


def walls_here(tmp_path: Path) -> list[str]:
    return json.loads(behind_walls(tmp_path, "print(json.dumps(walls))").stdout)

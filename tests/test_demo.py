"""The command `make demo` starts, prints its addresses, stops completely, and starts again with its data."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from app.config import DEMO_MODEL
from tests.waiting import LONG_SECONDS, wait_until

pytestmark = [pytest.mark.redis, pytest.mark.timeout(900), pytest.mark.database_independent]
ROOT = Path(__file__).resolve().parent.parent
STAND_IN = "IT DOES NOT UNDERSTAND PEOPLE"
"""The last line that the demo prints if it could not download a real model."""
NO_NETWORK = {"HF_ENDPOINT": "http://127.0.0.1:1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/nowhere"}
WITHOUT_FETCHING = {"FAIRTAKE_WHISPER_MODEL": str(DEMO_MODEL)}


class Demo:
    """A running demo and its output."""

    def __init__(self, folder: Path, **settings: str):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {**os.environ, **NO_NETWORK, "PORT": str(self.port), "FAIRTAKE_DEMO_FOLDER": str(folder)}
        environment.update(settings)
        environment["FAIRTAKE_MODELS_FOLDER"] = str(folder.parent / "models")
        self.log = folder.parent / f"demo-{self.port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools.demo"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def wait_for(self, words: str) -> str:
        """Wait until the demo has printed a text. Return its whole output."""
        while words not in self.said:
            assert self.process.poll() is None, self.said
            time.sleep(0.1)
        return self.said

    @property
    def said(self) -> str:
        return self.log.read_text()

    def children(self) -> list[psutil.Process]:
        """Return all processes of the demo: Redis, the web server, the worker, and the worker's inner process, which
        starts last.
        """
        whole = psutil.Process(self.process.pid)
        wait_until(lambda: len(whole.children(recursive=True)) >= 4, "the demo has started all its processes")
        return whole.children(recursive=True)

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(LONG_SECONDS)


def gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=LONG_SECONDS)[1]


def invitation_in(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+(/i/\S+)", text)
    assert found
    return found.group(1)


@dataclass(frozen=True)
class FirstStart:
    """Results of a demo's first start: its output, its link's HTTP status, and whether Ctrl-C stopped all processes."""

    folder: Path
    said: str
    link_status: int
    children: int
    exit_status: int
    all_gone: bool


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> FirstStart:
    """Start the demo in an empty folder, open its link, and end it with Ctrl-C."""
    folder = tmp_path_factory.mktemp("first") / "demo"
    demo = Demo(folder)
    said = demo.wait_for(STAND_IN)
    with urllib.request.urlopen(f"http://127.0.0.1:{demo.port}{invitation_in(said)}") as answer:
        status = answer.status
    children = demo.children()
    exit_status = demo.end()
    return FirstStart(folder, said, status, len(children), exit_status, gone(children))


@pytest.fixture
def folder(first_start: FirstStart, tmp_path: Path) -> Path:
    """A copy of the demo's folder with its data, so that the demo makes its captions once for all tests."""
    return Path(shutil.copytree(first_start.folder, tmp_path / "demo", ignore=shutil.ignore_patterns("*.sock")))


def test_demo_prints_its_addresses_and_ctrl_c_stops_all_processes(first_start: FirstStart) -> None:
    assert "Fetching from the model hub failed: " in first_start.said
    assert "Error: base could not be fetched: " in first_start.said
    for role in ("reviewer", "coordinator", "compliance"):
        assert f"({role})" in first_start.said
    assert first_start.link_status == 200
    assert first_start.children >= 4  # Redis, the web server, the worker and its inner process
    assert (first_start.exit_status, first_start.all_gone) == (0, True)


def test_demo_starts_again_with_its_data(first_start: FirstStart, folder: Path) -> None:
    again = Demo(folder, **WITHOUT_FETCHING)
    assert invitation_in(again.wait_for(STAND_IN)) == invitation_in(first_start.said)
    assert again.end(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    "name", [pytest.param("redis", marks=pytest.mark.nightly), "worker", pytest.param("web", marks=pytest.mark.nightly)]
)
def test_demo_names_a_process_that_died_and_stops_the_others(folder: Path, name: str) -> None:
    demo = Demo(folder, **WITHOUT_FETCHING)
    demo.wait_for(STAND_IN)
    children = demo.children()
    sign = {"redis": "redis-server", "worker": "worker.py", "web": "app.serve"}[name]
    direct = psutil.Process(demo.process.pid).children()
    next(child for child in direct if sign in " ".join(child.cmdline())).kill()
    assert demo.process.wait(LONG_SECONDS) == 1
    assert f"The {name} process died" in demo.said
    assert gone(children)


def test_killed_demo_leaves_no_process(folder: Path) -> None:
    demo = Demo(folder, **WITHOUT_FETCHING)
    demo.wait_for(STAND_IN)
    children = demo.children()
    demo.process.kill()
    demo.process.wait()
    assert gone(children)


def test_a_port_in_use_is_named_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        environment = {**os.environ, "PORT": port, "FAIRTAKE_DEMO_FOLDER": str(tmp_path / "demo")}
        done = subprocess.run(
            [sys.executable, "-m", "tools.demo"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert f"Port {port} is in use" in done.stderr
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=LONG_SECONDS)

"""An installation of the product under test: its services, a web server of two processes, and two workers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from flask import Flask
from flask_migrate import upgrade

from app import create_app
from app.config import DEMO_MODEL, Config
from app.extensions import db
from tests.faults import product
from tests.faults.services import BadLine, Postgres, Redis
from tests.waiting import wait_until
from tests.worker_process import environment_of
from tools.processes import end, start
from tools.s3_server import running_moto
from tools.swift_server import is_installed, running_swift

BUCKET = "recordings"
DISK_BYTES = 256 * 2**20
"""Size of the small disk of an installation with SQLite, where a small disk can be made."""


@dataclass
class Installation:
    """A running installation. Its application, in this process, is used to prepare and to check."""

    folder: Path
    config: Config
    app: Flask
    redis: Redis
    postgres: Postgres | None
    line: BadLine | None
    has_small_disk: bool
    web: subprocess.Popen[bytes] = field(init=False)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def control(self) -> Path:
        """The folder of the files by which the processes are told to misbehave (`product.py`)."""
        return self.folder / "control"

    def start_web(self) -> None:
        """Start the web server, on the same port as before."""
        log = self.folder / "web.log"
        self.web = self._start("web", "--port", str(self.port), "--processes", "2", log=log)
        wait_until(lambda: self._has_printed_port(log) or self.web.poll() is not None, "the web server starts")
        assert self.web.poll() is None, log.read_text()

    def start_worker(self) -> None:
        """Start a worker."""
        self.workers.append(self._start("worker", log=self.folder / "worker.log"))

    def web_processes(self) -> list[int]:
        """Return the ids of the processes that serve."""
        return children(self.web.pid)

    def worker_processes(self) -> list[int]:
        """Return the ids of the processes that hold a speech model."""
        return [child for worker in self.workers for child in children(worker.pid)]

    def stop(self) -> None:
        """End all processes of the product."""
        for process in (*self.workers, self.web):
            for child in children(process.pid):
                send(child, signal.SIGCONT)
            end(process)

    def _start(self, what: str, *arguments: str, log: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.faults.product", what, str(self.control), *arguments]
        with log.open("ab") as output:
            return start(command, environment=environment_of(self.config), output=output)

    def _has_printed_port(self, log: Path) -> bool:
        found = re.findall(r"^Serving on http://\S+:(\d+)$", log.read_text(), re.MULTILINE)
        self.port = int(found[-1]) if found else self.port
        return bool(found)


@contextmanager
def new_folder() -> Iterator[Path]:
    """Yield a temporary folder that other users can enter, because PostgreSQL does not run as root."""
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def installed(folder: Path, chance: Random, *, is_large: bool) -> Iterator[Installation]:
    """Run an installation: with PostgreSQL and an S3 server if it is large, else with SQLite and a folder."""
    with ExitStack() as stack:
        has_small_disk = not is_large and _mount_small_disk(folder, stack)
        (folder / "control").mkdir()
        redis = Redis(folder / "redis")
        stack.callback(redis.stop)
        postgres, line, storage = None, None, f"file://{folder / 'media'}"
        if is_large:
            postgres = Postgres(folder / "pg")
            stack.callback(postgres.stop)
            line = _bucket(chance, stack)
            storage = f"s3://{BUCKET}/installation"
        config = Config.from_env(
            {
                "FAIRTAKE_SECRET_KEY": "f" * 40,
                "FAIRTAKE_DATABASE_URL": postgres.address if postgres else f"sqlite:///{folder / 'fairtake.db'}",
                "FAIRTAKE_REDIS_URL": redis.address,
                "FAIRTAKE_STORAGE_URL": storage,
                "FAIRTAKE_TEMPORARY_FOLDER": str(folder / "temporary"),
                "FAIRTAKE_WHISPER_MODEL": str(DEMO_MODEL),
                "FAIRTAKE_WHISPER_DEVICE": "cpu",
                "FAIRTAKE_WHISPER_THREADS": "1",
                "FAIRTAKE_BASE_URL": "http://127.0.0.1",
            }
        )
        os.environ["FAIRTAKE_TEMPORARY_FOLDER"] = config.temporary_folder
        product.shorten_waits()  # the checks run sweeps in this process
        app = create_app(config)
        with app.app_context():
            upgrade()
            place = Installation(folder, config, app, redis, postgres, line, has_small_disk)
            place.start_web()
            for _ in range(2):
                place.start_worker()
            try:
                yield place
            finally:
                place.stop()
                db.session.remove()
                db.engine.dispose()


def children(process_id: int) -> list[int]:
    """Return the ids of the processes that a process has started."""
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]
    return []


def send(process_id: int, number: signal.Signals) -> None:
    """Send a signal to a process, if it still exists."""
    with suppress(ProcessLookupError):
        os.kill(process_id, number)


def _mount_small_disk(folder: Path, stack: ExitStack) -> bool:
    """Mount a small disk in memory at the folder. Returns False where that is not allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        return False
    stack.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=False)
    return True


def _bucket(chance: Random, stack: ExitStack) -> BadLine:
    """Start an S3 server behind a bad line, and point the environment at the line. Swift, if it is installed."""
    bucket = stack.enter_context(running_swift(BUCKET) if is_installed() else running_moto(BUCKET))
    line = BadLine(urlsplit(bucket.address).port or 80, chance)
    stack.callback(line.stop)
    os.environ.update({**bucket.environment, "AWS_ENDPOINT": f"http://127.0.0.1:{line.port}"})
    return line

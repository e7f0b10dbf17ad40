"""Setup for the benchmarks: the application with its own database, and its web server on a free port."""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from app import create_app
from app.config import DEMO_MODEL, Config
from app.extensions import db
from tools.redis_server import running_redis


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the results: the question, our result, the result of the library alone, and the ratio of the two.

    A figure with a `name` has a goal for its ratio: a minimum, or a maximum if `is_less_better`.
    """

    question: str
    ours: str
    alone: str = ""
    ratio: float | None = None
    name: str = ""
    goal: float | None = None
    is_less_better: bool = False

    @property
    def line(self) -> str:
        """Return a line that a program can read."""
        ratio, goal = self.ratio or 0.0, self.goal or 0.0
        is_met = ratio <= goal if self.is_less_better else ratio >= goal
        ours, alone = self.ours.partition(" ")[0], self.alone.partition(" ")[0]
        return f"figure={self.name} ours={ours} peer={alone} ratio={ratio:.2f} goal={goal:g} met={'yes' if is_met else 'no'}"


@contextmanager
def application(folder: Path, database_url: str | None = None) -> Iterator[Flask]:
    """Create the application with an empty, migrated database (SQLite by default) and a real Redis.

    Yields the application, with its context open.
    """
    with running_redis(folder / "redis") as redis_url:
        config = Config.from_env(
            {
                "FAIRTAKE_SECRET_KEY": "b" * 40,
                "FAIRTAKE_DATABASE_URL": database_url or f"sqlite:///{folder / 'bench.db'}",
                "FAIRTAKE_REDIS_URL": redis_url,
                "FAIRTAKE_STORAGE_URL": f"file://{folder / 'media'}",
                "FAIRTAKE_WHISPER_MODEL": os.environ.get("FAIRTAKE_WHISPER_MODEL") or str(DEMO_MODEL),
                "FAIRTAKE_WHISPER_DEVICE": os.environ.get("FAIRTAKE_WHISPER_DEVICE") or "cpu",
            }
        )
        app = create_app(replace(config, base_url="http://127.0.0.1"))
        with app.app_context():
            upgrade()
            yield app
            db.session.remove()
            db.engine.dispose()


@contextmanager
def folder() -> Iterator[Path]:
    """Yield a temporary folder on the project's disk, because /tmp may be in memory."""
    parent = Path(__file__).resolve().parent.parent / "var"
    parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix="bench-") as path:
        yield Path(path)


def seconds(work: Callable[[], object]) -> float:
    """Call a function and return how many seconds it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_and_95th(samples: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile of the samples."""
    return statistics.median(samples), statistics.quantiles(samples, n=20)[-1]


def machine() -> str:
    """Describe this machine in one line."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"

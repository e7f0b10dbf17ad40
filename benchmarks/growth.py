"""What do pages and the sweep cost at 100,000 candidates, half of them in one interview, compared with an empty page?

Each page is fetched in turn with an empty Flask page. Times are processor time, so that other work on the machine counts
less: of the thread of the request, in which SQLite works too, and of the PostgreSQL processes (Linux). `FAIRTAKE_GROWTH=1000`
makes a smaller world.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from flask import Flask, g
from flask.testing import FlaskClient

from app import clock, pipeline
from app.accounts.models import StaffUser
from app.extensions import db
from benchmarks.setting import Figure, application, folder
from tests.factories import sign_in
from tests.growth_world import GrowthWorld, Size, fill
from tests.review.desk_pages import counted_queries
from tools.postgres import NoPostgres, running_postgres

CANDIDATES = int(os.environ.get("FAIRTAKE_GROWTH", "100000"))
SIZE = Size(candidates=CANDIDATES, in_one=CANDIDATES // 2, others=199, captions=2_000)
ROUNDS = 7
GOAL_MS, GOAL_KB = 100, 100
GOALS_MS = {"an answer": 8}
"""Goals of pages that are opened most often."""


class PostgresClock:
    """The processor time of this thread and of the PostgreSQL processes that work for this program, in seconds."""

    def __init__(self, address: str):
        self.connection = psycopg.connect(address, autocommit=True)

    def __call__(self) -> float:
        """Return the time until now."""
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        used = [Path(f"/proc/{pid}/schedstat") for (pid,) in self.connection.execute(query)]
        nanoseconds = sum(int(file.read_text().split()[0]) for file in used if file.exists())
        return time.thread_time() + nanoseconds / 1e9


def measure() -> list[Figure]:
    """Fill a database on SQLite and one on PostgreSQL, and measure each page and an idle sweep on it."""
    with folder() as place:
        figures = _measure("SQLite", place, None, time.thread_time)
    try:
        with running_postgres() as address, folder() as place:
            os.environ["PGOPTIONS"] = "-c max_parallel_workers_per_gather=0"  # other processes would not be counted
            figures += _measure("PostgreSQL", place, address, PostgresClock(address))
    except NoPostgres as problem:
        print(f"PostgreSQL was not measured: {problem}")
    return figures


def pages(world: GrowthWorld) -> dict[str, dict[str, str]]:
    """Return the addresses of the pages, by who opens them and by name."""
    ids, interview = world.ids, world.interview
    review, manage = f"/review/interviews/{interview}", f"/manage/interviews/{interview}"
    return {
        "reviewer": {
            "interviews to review": "/review/",
            "candidates of an interview": review,
            "panel": f"{review}/panel",
            "answers side by side": f"{review}/questions/{world.question}",
            "an answer": f"/review/answers/{ids['answer']}",
            "search in an interview": f"{review}/search?q=visitors",
            "search in all": "/review/search?q=visitors",
        },
        "coordinator": {
            "interviews": "/manage/",
            "an interview": manage,
            "invitations": f"{manage}/invitations/",
            "find an invitation": f"{manage}/invitations/?q=candidate4",
            "open requests": "/manage/requests",
            "captions to make": "/manage/captions",
            "accommodations of a candidate": f"/manage/invitations/{ids['asked']}/accommodations",
        },
        "compliance": {
            "audit log": "/compliance/",
            "candidates": "/compliance/people/",
            "find one candidate": "/compliance/people/?q=candidate4%40example.org",
            "record of a candidate": f"/compliance/people/{ids['invitation']}",
            "report": "/compliance/report/",
            "retention": "/compliance/retention/",
        },
    }


def _measure(database: str, place: Path, address: str | None, now: Callable[[], float]) -> list[Figure]:
    empty = Flask("empty")
    empty.add_url_rule("/", view_func=lambda: "<!doctype html><title>Empty</title>")
    peer = empty.test_client()
    with application(place, address) as app:
        begun = time.perf_counter()
        world = fill(SIZE, now=clock.now())
        figures = [Figure(f"fill {CANDIDATES:,} candidates, {database}", f"{time.perf_counter() - begun:.0f} s")]
        clients = {who: _client(app, getattr(world, who)) for who in pages(world)}
        for who, theirs in pages(world).items():
            figures += [_page(f"{name}, {database}", clients[who], path, peer, now) for name, path in theirs.items()]
        return [*figures, _sweep(app, database, now)]


def _page(name: str, client: FlaskClient, path: str, peer: FlaskClient, now: Callable[[], float]) -> Figure:
    ours, alone, statements, size = [], [], 0, 0
    for _ in range(ROUNDS):
        db.session.remove()
        g.pop("user", None)
        began = now()
        peer.get("/")
        alone.append(now() - began)
        with counted_queries() as found:
            began = now()
            answer = client.get(path)
            ours.append(now() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} was answered {answer.status_code}")
        statements, size = len(found), len(answer.data)
    took, best = statistics.median(ours[1:]) * 1000, statistics.median(alone[1:]) * 1000
    goal = GOALS_MS.get(name.partition(",")[0], GOAL_MS)
    _print(name, took, best, goal=goal, is_met=took <= goal and size <= GOAL_KB * 1000)
    return Figure(
        name, f"{took:.0f} ms, {statements} statements, {size / 1000:.0f} kB", f"{best:.1f} ms (an empty Flask page)",
        took / best,
    )  # fmt: skip


def _sweep(app: Flask, database: str, now: Callable[[], float]) -> Figure:
    """Measure a sweep with nothing to do. What runs once an hour is left out."""
    app.extensions["fairtake_tidied"] = clock.now()
    samples, statements = [], 0
    for _ in range(ROUNDS):
        with counted_queries() as found:
            began = now()
            pipeline.sweep()
            samples.append(now() - began)
        statements = len(found)
    took = statistics.median(samples[1:]) * 1000
    _print(f"sweep with nothing to do, {database}", took, 0, is_met=took <= GOAL_MS)
    return Figure(f"sweep with nothing to do, {database}", f"{took:.0f} ms, {statements} statements")


def _print(name: str, ours: float, peer: float, *, is_met: bool, goal: int = GOAL_MS) -> None:
    """Print one line that a program can read, in milliseconds."""
    ratio = f"{ours / peer:.1f}" if peer else "-"
    figure = "growth_" + "_".join(name.replace(",", "").split())
    print(f"figure={figure} ours={ours:.1f} peer={peer:.2f} ratio={ratio} goal={goal} met={'yes' if is_met else 'no'}")


def _client(app: Flask, user: StaffUser) -> FlaskClient:
    client = app.test_client()
    sign_in(client, user)
    return client

"""Does a queue of 50 answers keep all cores busy until the end, and how long do short and long answers wait?"""

from __future__ import annotations

import os
import resource
import statistics
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import select

from app.extensions import db
from app.recording.models import Stage, StageRun, StageState
from benchmarks.captions import running_worker, start
from benchmarks.setting import Figure, application, folder
from tests.factories import make_uploaded_take

ROOT = Path(__file__).resolve().parent.parent
LONG = ROOT / "tests" / "clips" / "long_answer.webm"
SHORT = ROOT / "demo" / "answers" / "answer-1.webm"
ANSWERS = 50
LONG_ONES = 15
"""Number of long answers. They are first in the queue, which is the worst order for the short answers."""
LONGEST_SECONDS = 1800


def measure() -> list[Figure]:
    """Fill the queue, start one single-threaded worker per core, and record when each answer is finished."""
    cores = os.cpu_count() or 1
    with folder() as place, application(place) as app:
        takes = [
            make_uploaded_take(content=(LONG if number < LONG_ONES else SHORT).read_bytes()).id
            for number in range(ANSWERS)
        ]
        for take_id in takes:
            start(take_id)
        used = _processor_seconds()
        began = time.monotonic()
        with ExitStack() as workers:
            for _ in range(cores):
                workers.enter_context(running_worker(app, whisper_threads="1"))
            done = _watch(takes, began)
            took = time.monotonic() - began
        busy = (_processor_seconds() - used) / (took * cores)
    long, short = ([done[take_id] for take_id in some] for some in (takes[:LONG_ONES], takes[LONG_ONES:]))
    return [
        Figure(f"a queue of {ANSWERS} answers, {cores} workers of one thread", f"{took:.0f} s, cores {busy:.0%} busy"),
        Figure(
            f"in it {len(short)} short answers that came after {len(long)} of twice their length and more",
            f"half of the short ones after {statistics.median(short):.0f} s, all after {max(short):.0f} s; "
            f"half of the long ones after {statistics.median(long):.0f} s",
        ),
    ]


def _watch(takes: list[str], began: float) -> dict[str, float]:
    """Return the seconds until the captions of each take could be searched."""
    done: dict[str, float] = {}
    query = select(StageRun.take_id).where(
        StageRun.stage == str(Stage.INDEX), StageRun.state == str(StageState.DONE), StageRun.take_id.in_(takes)
    )
    while len(done) < len(takes) and time.monotonic() - began < LONGEST_SECONDS:
        for take_id in db.session.scalars(query):
            done.setdefault(take_id, time.monotonic() - began)
        db.session.rollback()
        time.sleep(0.25)
    return done


def _processor_seconds() -> float:
    """Return the processor time in seconds of all child processes that have ended, including workers."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

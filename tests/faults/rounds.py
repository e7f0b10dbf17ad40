"""A round: some candidates record, faults happen at random moments, and afterwards everything is checked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from app import clock
from app.extensions import db
from app.interviews.models import Interview
from tests.factories import make_attempt, make_interview
from tests.faults import checks
from tests.faults.candidates import Candidate, request
from tests.faults.installation import Installation
from tests.faults.kinds import CannotHappenError, Fault
from tests.faults.kinds.clock_moved import clock_moved
from tests.faults.kinds.database import database_locked, database_read_only, database_restarted
from tests.faults.kinds.disk import disk_full
from tests.faults.kinds.hanging import web_process_hangs, worker_process_hangs
from tests.faults.kinds.killed import web_process_killed, web_server_killed, worker_killed, worker_process_killed
from tests.faults.kinds.memory import memory_taken
from tests.faults.kinds.redis_lost import redis_emptied, redis_killed
from tests.faults.kinds.storage_line import storage_fails
from tests.faults.kinds.twice import job_given_twice

KINDS: Sequence[Fault] = (
    web_process_killed, web_server_killed, worker_process_killed, worker_killed, redis_killed, redis_emptied, disk_full,
    storage_fails, database_restarted, database_locked, database_read_only, clock_moved, memory_taken, job_given_twice,
    web_process_hangs, worker_process_hangs,
)  # fmt: skip
CANDIDATES = 3
RECORD_SECONDS = 2.0
TOLD_SECONDS = 180
"""How long it may take until the status reports a part that does not work, on a busy machine."""
WHOLE = Path(__file__).parents[2] / "demo" / "answers" / "answer-1.webm"
CLUSTER = b"\x1f\x43\xb6\x75"


@dataclass
class Result:
    """What happened in a round: the names of the faults, the answers, and what was wrong afterwards."""

    faults: list[str] = field(default_factory=list)
    answers: int = 0
    without_captions: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def recordings() -> list[bytes]:
    """Return the answers to choose from: short ones, of a few seconds, and a long one."""
    whole = WHOLE.read_bytes()
    short = whole[: whole.index(CLUSTER, 30_000)]
    return [short, short, short, whole]


def run_round(place: Installation, chance: Random, faults: Sequence[Fault]) -> Result:
    """Let candidates record, and let the faults happen, one after another."""
    result = Result()
    candidates = candidates_of(place, chance)
    for each in candidates:
        each.start()
    for fault in faults:
        time.sleep(chance.uniform(0, 2 * RECORD_SECONDS / len(faults)))
        with suppress(CannotHappenError), fault(place, chance) as reported:
            result.faults.append(fault.__name__)
            result.problems += [
                f"{fault.__name__} is not reported: {name}" for name in reported if not _is_told(place, name)
            ]
    for each in candidates:
        each.join()
        if each.problem is not None:
            result.problems.append(f"a candidate could not send: {each.problem!r}")
    answers = [each.answer for each in candidates if each.problem is None]
    result.problems += checks.all_problems(place, answers)
    result.answers, result.without_captions = len(answers), sorted(checks.failed_takes(answers).values())
    return result


def candidates_of(place: Installation, chance: Random) -> list[Candidate]:
    """Return candidates who are about to record."""
    db.session.rollback()
    interview = db.session.query(Interview).first() or make_interview(questions=1)
    now = clock.now() - timedelta(minutes=1)
    question_id, sizes = interview.questions[0].id, recordings()
    attempts = [make_attempt(interview, started_at=now, consented_at=now).id for _ in range(CANDIDATES)]
    db.session.rollback()
    return [
        Candidate(place, attempt_id, question_id, chance.choice(sizes), Random(chance.random()), seconds=RECORD_SECONDS)
        for attempt_id in attempts
    ]


def _is_told(place: Installation, name: str) -> bool:
    """Return whether the status reports a part that does not work."""
    deadline = time.monotonic() + TOLD_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError):
            status, states, _headers = request(place.port, "GET", "/readyz", {}, timeout=TOLD_SECONDS)
            if status == 503 and f'"{name}":"ok"'.encode() not in states.replace(b" ", b""):
                return True
        time.sleep(0.1)
    return False

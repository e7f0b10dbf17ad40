"""No stored byte is lost if recording, uploading, keeping and sending happen in any order, late, twice or unanswered.

Every byte that a browser has stored reaches the server, or stays in that browser, which offers it to the candidate.
Candidates are told about everything that is missing from the answers they send. No incomplete take is called complete.

`FAIRTAKE_TEST_EXAMPLES` sets the number of random orders. The seed is printed, and `FAIRTAKE_TEST_SEED` repeats it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.models import Role
from app.audit import Actor
from app.recording import completion, services
from app.recording.answers import choose
from app.recording.arrival import ArrivalProgress, ArrivedUpload, coming
from app.recording.models import Answer, Take
from app.recording.recorder_reports import SegmentReport
from tests.factories import make_user
from tests.recording.order_machine import Orders

EXAMPLES = int(os.environ.get("FAIRTAKE_TEST_EXAMPLES") or 0)
SEED = int(os.environ.get("FAIRTAKE_TEST_SEED") or (random.SystemRandom().randrange(10**6) if EXAMPLES else 0))


def run(app: Flask, **changes: Any) -> None:
    """Run the state machine. `changes` are settings that differ from the usual ones."""
    machine = seed(SEED)(type("AnyOrders", (Orders,), {"app": app, "reviewer_id": make_user(Role.REVIEWER).id}))
    chosen = settings(
        max_examples=EXAMPLES or 25,
        stateful_step_count=25,
        deadline=None,
        derandomize=not EXAMPLES,
        print_blob=True,
        database=None,
        phases=[
            Phase.generate,
            *([Phase.shrink] if EXAMPLES else []),
        ],  # without the phase that traces failures, because it takes longer than all others
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=settings(chosen, **changes))


@pytest.mark.timeout(300 + 10 * EXAMPLES)
def test_no_stored_byte_is_lost_in_any_order_of_requests(app: Flask) -> None:
    print(f"FAIRTAKE_TEST_SEED={SEED}")
    run(app)


def closing_choice(session: DatabaseSession, take: Take, *, actor: Actor, now: datetime) -> Answer:
    """A deliberate fault that the tests must detect: choosing a take completes it with the bytes that have arrived."""
    answer = choose(session, take, actor=actor, now=now)
    take.stopped_at, take.complete_at, take.closed_at = take.stopped_at or now, now, now
    session.flush()
    return answer


def half_the_seconds(
    announced: Iterable[SegmentReport] | None, uploads: Iterable[ArrivedUpload], *, owner: str | None
) -> ArrivalProgress:
    """A deliberate fault that the tests must detect: the candidate is told about only half of the missing seconds."""
    found = coming(announced, uploads, owner=owner)
    return replace(found, missing_ms=found.missing_ms // 2)


def nothing_is_open(
    announced: Iterable[SegmentReport] | None, uploads: Iterable[ArrivedUpload], *, owner: str | None
) -> ArrivalProgress:
    """A deliberate fault that the tests must detect: the candidate is not told about missing parts of unknown length."""
    return replace(coming(announced, uploads, owner=owner), is_open=False)


@pytest.mark.database_independent  # these tests check the state machine itself
@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [
        (services, "choose", closing_choice),
        (completion, "coming", half_the_seconds),
        (completion, "coming", nothing_is_open),
    ],
)
def test_a_planted_fault_is_found(
    app: Flask, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, fault: Callable[..., Any]
) -> None:
    monkeypatch.setattr(module, name, fault)
    with pytest.raises(AssertionError):
        run(app, max_examples=20, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)

"""No request to any address, by any person, causes a server error (5xx) or runs forever.

The random seed is printed. It is always the same, unless `FAIRTAKE_FUZZ_SEED` sets another. `FAIRTAKE_FUZZ_ROUNDS` is
the number of rounds; each round tries other values.
"""

from __future__ import annotations

import logging
import os
import random

import pytest
from flask import Flask

from app.extensions import db, limiter
from tests.fuzz.cases import PARAMETERS, Case, Fuzzer
from tests.fuzz.world import WHO

SEED = int(os.environ.get("FAIRTAKE_FUZZ_SEED") or 0)
ROUNDS = int(os.environ.get("FAIRTAKE_FUZZ_ROUNDS") or 1)
MAY_BE_AWAY = {"/readyz"}
"""Addresses that return 503 in tests, because no Redis is running."""


@pytest.fixture
def lenient(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application as in production, but without rate limits."""
    monkeypatch.setattr(limiter, "enabled", False)
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    return app


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(900 * ROUNDS)
@pytest.mark.parametrize("who", WHO)
def test_bad_input_causes_no_server_error(lenient: Flask, caplog: pytest.LogCaptureFixture, who: str) -> None:
    print(f"FAIRTAKE_FUZZ_SEED={SEED}")
    caplog.set_level(logging.ERROR)
    failures, sent = [], 0
    for number in range(ROUNDS):
        fuzzer = Fuzzer(lenient, who, random.Random(f"{SEED} {who} {number}"))
        for case in fuzzer.cases():
            sent += 1
            problem = outcome(fuzzer, case, caplog)
            if problem:
                print(f"{case}: {problem}")
                failures.append(f"{case}: {problem}")
    print(f"{sent} requests")
    assert sent > 100 * ROUNDS
    assert failures == [], f"FAIRTAKE_FUZZ_SEED={SEED}\n" + "\n".join(failures)


def outcome(fuzzer: Fuzzer, case: Case, caplog: pytest.LogCaptureFixture) -> str | None:
    """Send one request. Return the error that it caused, or None if there was no server error."""
    caplog.clear()
    try:
        answer = fuzzer.send(case)
    except Exception as problem:  # noqa: BLE001 - an error that no handler has seen
        db.session.rollback()
        return f"{type(problem).__name__}: {str(problem)[:200]}"
    if answer.status_code < 500 or case.path in MAY_BE_AWAY:
        return None
    causes = [record.exc_info[1] for record in caplog.records if record.exc_info]
    return f"{answer.status_code} {causes!r}"[:300]


def test_the_names_that_views_read_are_found() -> None:
    assert {"page", "q", "level", "comment", "next", "do", "text"} <= set(PARAMETERS)

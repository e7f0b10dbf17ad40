"""A transaction that the database aborts because of another transaction is retried, and not reported as unavailable."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable

import pytest
from flask import Flask, Response, request
from psycopg import errors as postgresql
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.errors import BusyError
from app.extensions import WRITE, db
from app.interviews.models import Attempt
from app.transaction import MAX_TRIES, after_commit, is_retryable, transaction, with_retries
from tests.at_once import at_once
from tests.factories import make_attempt
from tests.page_check import CheckingClient
from tests.waiting import LONG_SECONDS


def ended(error: type[Exception] = postgresql.DeadlockDetected) -> OperationalError:
    return OperationalError("UPDATE take", {}, error("deadlock detected"))


def locked() -> OperationalError:
    problem = sqlite3.OperationalError("database is locked")
    problem.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return OperationalError("BEGIN IMMEDIATE", {}, problem)


class Failing:
    """A function that fails a number of times and then succeeds."""

    def __init__(self, times: int, error: Callable[[], Exception] = ended):
        self.left, self.error, self.tries = times, error, 0

    def __call__(self) -> str:
        with transaction():
            self.tries += 1
            if self.left:
                self.left -= 1
                raise self.error()
        return "done"


@pytest.mark.parametrize("error", [ended, lambda: ended(postgresql.SerializationFailure), locked])
def test_aborted_transaction_is_retried(app: Flask, error: Callable[[], Exception]) -> None:
    work = Failing(3, error)
    assert with_retries(work) == "done"
    assert work.tries == 4


def test_after_several_tries_the_person_is_asked_to_try_again(app: Flask) -> None:
    work = Failing(100)
    with pytest.raises(BusyError):
        with_retries(work)
    assert work.tries == MAX_TRIES


def test_unavailable_database_is_not_retried(app: Flask) -> None:
    work = Failing(3, lambda: ended(postgresql.AdminShutdown))
    with pytest.raises(OperationalError):
        with_retries(work)
    assert work.tries == 1


def test_work_that_has_committed_something_is_not_repeated(app: Flask) -> None:
    times = 0

    def work() -> None:
        nonlocal times
        with transaction():
            times += 1
        raise ended()

    with pytest.raises(OperationalError):
        with_retries(work)
    assert times == 1


def test_after_commit_function_runs_once(app: Flask) -> None:
    calls: list[int] = []
    fails = [True, False]

    def work() -> None:
        with transaction():
            after_commit(calls.append, 1)
            if fails.pop(0):
                raise ended()

    with_retries(work)
    assert calls == [1]


def add_view(app: Flask, address: str, work: Callable[[], object]) -> None:
    def view() -> Response:
        sent = f"{request.form.get('a')} {request.files['b'].read().decode()}"
        return Response(f"{work()} {sent}", mimetype="text/plain")

    view.__name__ = address.strip("/")
    from app.accounts.access import requires

    app.add_url_rule(address, view_func=requires("public")(view), methods=["POST"])
    app.extensions["csrf"].exempt(view)


def send(client: CheckingClient, address: str, **headers: str) -> Response:
    from io import BytesIO

    return client.post(address, data={"a": "field", "b": (BytesIO(b"file"), "b.txt")}, headers=headers)


def test_retried_view_has_its_form_and_files(app: Flask, client: CheckingClient) -> None:
    add_view(app, "/again", Failing(2))
    assert send(client, "/again").text == "done field file"


def test_view_that_fails_all_tries_asks_to_try_again(app: Flask, client: CheckingClient) -> None:
    add_view(app, "/busy", Failing(100))
    response = send(client, "/busy", Accept="application/json")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert response.json is not None
    assert response.json["error"] == "Please try again"
    assert "available" not in response.text


def test_both_transactions_of_a_deadlock_succeed(app: Flask) -> None:
    """A deliberate deadlock. SQLite has no deadlocks, because its writers wait when they begin."""
    ids = [make_attempt().id for _ in range(2)]
    both_hold = threading.Barrier(2)
    if db.engine.dialect.name == "sqlite":
        both_hold = threading.Barrier(1)

    def change(first: str, second: str) -> None:
        is_first_try = True

        def work() -> None:
            nonlocal is_first_try
            with transaction() as session:
                session.execute(text("UPDATE attempt SET receipt = substr(id, 1, 15) WHERE id = :id"), {"id": first})
                if is_first_try:
                    is_first_try = False
                    both_hold.wait(LONG_SECONDS)
                session.execute(text("UPDATE attempt SET consent_version = 'both' WHERE id = :id"), {"id": second})

        with_retries(work)

    assert at_once(app, [lambda: change(*ids), lambda: change(*reversed(ids))]) == [None, None]
    db.session.rollback()
    assert [db.session.get_one(Attempt, one).consent_version for one in ids] == ["both", "both"]


@pytest.mark.database_independent
def test_writers_on_sqlite_wait_for_each_other_and_all_get_their_turn(app: Flask) -> None:
    attempt_id = make_attempt(consent_version="0").id
    db.session.rollback()

    def write() -> None:
        for _ in range(20):
            with transaction() as session:
                attempt = session.get_one(Attempt, attempt_id)
                attempt.consent_version = str(int(attempt.consent_version or 0) + 1)

    assert at_once(app, [write] * 6) == [None] * 6
    db.session.rollback()
    assert db.session.get_one(Attempt, attempt_id).consent_version == "120"


@pytest.mark.database_independent
def test_writer_on_sqlite_that_waited_as_long_as_allowed_can_be_retried(app: Flask) -> None:
    with db.engine.connect().execution_options(**{WRITE: True}) as first, first.begin(), db.engine.connect() as second:
        second.exec_driver_sql("PRAGMA busy_timeout = 20")
        second.rollback()
        with pytest.raises(OperationalError) as raised, second.execution_options(**{WRITE: True}).begin():
            pass
        assert is_retryable(raised.value)
        assert second.exec_driver_sql("PRAGMA busy_timeout").scalar() == 20
        second.invalidate()

"""The repeats on PostgreSQL that `make test` leaves out are tests that use the database only through pages."""

from __future__ import annotations

from types import FunctionType

import pytest
from sqlalchemy import select

from app.accounts.models import Role, StaffUser
from app.extensions import db
from app.recording import services
from app.transaction import transaction
from tests.factories import make_user, sign_in
from tests.nightly import SUBJECTS, is_about_a_subject, mark_nightly_tests, uses_the_database
from tests.page_check import CheckingClient


def reads_a_page(client: CheckingClient) -> None:
    sign_in(client, make_user(Role.REVIEWER))
    assert client.page("/review").h1


def uses_the_session() -> None:
    assert db.session.get(StaffUser, "1") is None


def opens_a_transaction() -> None:
    def inner() -> None:
        with transaction():
            pass

    inner()


def selects() -> None:
    assert select(StaffUser) is not None


def calls_a_service() -> None:
    assert services.__name__


def calls_a_function_of_its_module() -> None:
    uses_the_session()


def test_test_of_a_page_does_not_use_the_database() -> None:
    assert not uses_the_database(reads_a_page)


@pytest.mark.parametrize(
    "function", [uses_the_session, opens_a_transaction, selects, calls_a_service, calls_a_function_of_its_module]
)
def test_session_statement_transaction_and_service_use_the_database(function: FunctionType) -> None:
    assert uses_the_database(function)


def test_every_subject_is_a_module() -> None:
    for name in SUBJECTS:
        assert __import__(name, fromlist=["_"])


def test_module_that_sends_requests_at_once_is_run_on_every_database() -> None:
    from tests.recording import test_at_one_moment

    assert is_about_a_subject(test_at_one_moment)


def test_on_sqlite_only_the_marked_tests_are_nightly(request: pytest.FixtureRequest) -> None:
    before = [item for item in request.session.items if item.get_closest_marker("nightly")]
    mark_nightly_tests(request.session.items, on_postgresql=False)
    assert [item for item in request.session.items if item.get_closest_marker("nightly")] == before

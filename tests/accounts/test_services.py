"""Staff users and their passwords."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from app.accounts import services
from app.accounts.models import Role, StaffUser
from app.accounts.services import AccountError
from app.audit import Actor, AuditEvent
from app.extensions import db
from app.transaction import transaction
from tests.conftest import REAL_PASSWORD_HASHER
from tests.factories import NOON, PASSWORD, make_user

pytestmark = pytest.mark.usefixtures("app")


def create(**fields: object) -> StaffUser:
    details = {"email": "Ada@Example.org", "name": " Ada ", "password": PASSWORD, "roles": {Role.REVIEWER}, **fields}
    with transaction() as session:
        return services.create_user(session, actor=Actor("system", "test"), now=NOON, **details)  # type: ignore[arg-type]


def test_a_user_has_an_address_in_lower_case_and_a_password_that_only_they_know() -> None:
    user = create()
    assert (user.email, user.name, user.roles) == ("ada@example.org", "Ada", {Role.REVIEWER})
    assert user.password_hash.startswith("$argon2id$")
    assert PASSWORD not in user.password_hash
    assert [event.details for event in db.session.scalars(select(AuditEvent))] == [{"roles": "reviewer"}]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"email": "ada"}, "@"),
        ({"password": "short"}, "at least 12"),
        ({"password": "password1234"}, "easy to guess"),
        ({"password": "a" * 1000}, "easy to guess"),
        ({"password": "FairtakeFairtake"}, "easy to guess"),
        ({"password": "grace.hopper1", "email": "grace.hopper@example.org"}, "easy to guess"),
        ({"email": "ADA@example.org"}, "already a user"),
    ],
)
def test_a_user_who_cannot_be_made_is_refused_with_a_reason(fields: dict[str, str], complaint: str) -> None:
    make_user(email="ada@example.org")
    with pytest.raises(AccountError, match=complaint):
        create(**{"email": "new@example.org", **fields})
    assert db.session.query(StaffUser).count() == 1


def test_wrong_and_empty_passwords_and_missing_users_are_refused() -> None:
    user = create()
    assert services.check_password(user, PASSWORD)
    assert not services.check_password(user, PASSWORD + "!")
    assert not services.check_password(user, "")
    assert not services.check_password(None, PASSWORD)
    assert not services.check_password(None, "no user has this password")


def test_a_disabled_user_has_no_right_password() -> None:
    assert not services.check_password(make_user(disabled_at=NOON), PASSWORD)


def test_a_hash_of_older_parameters_is_renewed() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    user = make_user()
    with transaction() as session:
        loaded = session.get_one(StaffUser, user.id)
        loaded.password_hash = weak
        services.renew_hash(loaded, PASSWORD)
    assert user.password_hash != weak
    assert services.check_password(user, PASSWORD)


def test_password_is_hashed_at_full_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "password_hasher", REAL_PASSWORD_HASHER)
    user = create()
    assert user.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert services.check_password(user, PASSWORD)


def test_create_user_makes_one_from_the_command_line(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    arguments = ["create-user", "ada@example.org", "--name", "Ada", "--role", "coordinator", "--role", "reviewer"]
    done = run(args=[*arguments, "--password", PASSWORD])
    assert (done.exit_code, done.output) == (0, "Created user ada@example.org.\n")
    user = services.find_user(db.session(), "ada@example.org")
    assert user is not None
    assert user.roles == {Role.COORDINATOR, Role.REVIEWER}
    again = run(args=[*arguments, "--password", PASSWORD])
    assert again.exit_code == 1
    assert again.output == "Error: there is already a user with this email address\n"


def test_a_change_of_roles_is_in_force_at_once_and_in_the_log(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    user = make_user(Role.REVIEWER, Role.COORDINATOR)
    done = run(args=["change-roles", user.email.upper(), "--role", "compliance", "--role", "reviewer"])
    assert (done.exit_code, done.output) == (0, f"Changed the roles of {user.email.upper()}: compliance, reviewer.\n")
    assert run(args=["change-roles", user.email, "--role", "reviewer", "--role", "compliance"]).exit_code == 0
    db.session.rollback()
    assert db.session.get_one(StaffUser, user.id).roles == {Role.COMPLIANCE, Role.REVIEWER}
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "roles changed")).all()
    assert event.subject_id == user.id
    assert event.details == {"roles": "compliance, reviewer", "before": "coordinator, reviewer"}


def test_roles_of_a_missing_user_cannot_be_changed(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["change-roles", "nobody@example.org", "--role", "reviewer"])
    assert (done.exit_code, done.output) == (1, "Error: there is no user with this email address\n")

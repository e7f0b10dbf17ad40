"""Every route is requested in every role, as a candidate, and signed out. Only people with permission have access."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from app.accounts.access import permission_of
from app.accounts.models import Role, StaffUser
from app.accounts.permissions import PERMISSIONS, Principal, is_allowed
from app.ids import new_id
from app.interviews.models import Attempt
from tests.factories import enter, make_attempt, make_user, sign_in
from tests.page_check import CheckingClient

R, C, K, A = "reviewer", "coordinator", "compliance", "administrator"
CANDIDATE, RETURNING, NOBODY = "candidate", "back after sending", "nobody"
PEOPLE = (R, C, K, A, CANDIDATE, RETURNING, NOBODY)
LET_IN = {
    "public": set(PEOPLE),
    "interview.take_part": {CANDIDATE},
    "interview.deliver": {CANDIDATE, RETURNING},
    "upload": {CANDIDATE, RETURNING},
    "media.watch": {R, C, CANDIDATE},
    "question_media.watch": {C, A, CANDIDATE},
    "account.own": {R, C, K, A},
    "review.read": {R},
    "captions.correct": {R, C},
    "captions.provide": {C},
    "interviews.manage": {C, A},
    "accommodations.decide": {C},
    "compliance.read": {K},
    "compliance.manage": {K},
    "status.read": {A, K},
}
"""The people whom each permission lets in. Listed here independently, so that a mistake in a predicate is found."""


def principal_of(name: str) -> Principal:
    roles = frozenset({name}) if name in list(Role) else frozenset()
    return Principal(roles=roles, is_candidate=name == CANDIDATE, is_returning=name == RETURNING)


@pytest.fixture
def browser(app: Flask) -> Callable[[str], CheckingClient]:
    """Return a function that opens a browser in which this kind of person is signed in."""
    users: dict[str, StaffUser] = {}
    attempts: list[Attempt] = []

    def open_as(name: str) -> CheckingClient:
        client: Any = app.test_client()
        if name in (CANDIDATE, RETURNING):
            attempts.extend([] if attempts else [make_attempt()])
            enter(client, attempts[0])
            with client.session_transaction() as cookie:
                cookie.update({"returning": True} if name == RETURNING else {})
        elif name != NOBODY:
            users[name] = users.get(name) or make_user(Role(name))
            sign_in(client, users[name])
        return client  # type: ignore[no-any-return]

    return open_as


def rules(app: Flask) -> Iterator[Rule]:
    """Return all routes except the route of static files, which are public."""
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint != "static")


def address_of(rule: Rule) -> str:
    """Return an address of this route, with ids that do not exist."""
    values = {name: _value_for(converter) for name, converter in rule._converters.items()}
    built = rule.build(values)
    assert built is not None
    return built[1]


def _value_for(converter: BaseConverter) -> Any:
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return 1 if isinstance(converter, IntegerConverter) else new_id()


def is_refused(status: int, location: str | None) -> bool:
    """Return whether access was refused. Candidates who have sent their answers are led to the receipt instead."""
    is_led_away = (status == 302 and str(location).startswith("/sign-in?next=")) or (
        status == 303 and location == "/interview/receipt"
    )
    return status in (401, 403) or is_led_away


def test_every_view_names_a_permission_of_the_map(app: Flask) -> None:
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in rules(app)}
    unnamed = [endpoint for endpoint, view in views.items() if permission_of(view) not in PERMISSIONS]
    assert unnamed == []


def test_every_permission_of_the_map_guards_a_view(app: Flask) -> None:
    guarding = {permission_of(app.view_functions[rule.endpoint]) for rule in rules(app)}
    assert PERMISSIONS.keys() <= guarding


def test_permissions_allow_the_listed_roles_only() -> None:
    found = {name: {who for who in PEOPLE if is_allowed(principal_of(who), name)} for name in PERMISSIONS}
    assert found == LET_IN


def test_unknown_permission_is_denied() -> None:
    assert not any(is_allowed(principal_of(who), "everything") for who in PEOPLE)


@pytest.mark.parametrize("who", PEOPLE)
def test_every_route_enforces_its_permission(app: Flask, browser: Callable[[str], CheckingClient], who: str) -> None:
    wrong = []
    for rule in rules(app):
        allowed = who in LET_IN[str(permission_of(app.view_functions[rule.endpoint]))]
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            client = browser(who)
            headers = {"X-CSRFToken": client.form_token(), "Tus-Resumable": "1.0.0"}
            answer = client.open(address_of(rule), method=method, headers=headers, check=False)
            if is_refused(answer.status_code, answer.location) is allowed:
                wrong.append((method, rule.rule, answer.status_code))
    assert wrong == []


def test_view_without_a_permission_is_not_found(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    client = app.test_client()
    sign_in(client, make_user(*Role))
    assert client.get("/forgotten").status_code == 404


def test_signed_out_person_is_sent_to_sign_in_and_back(app: Flask, browser: Callable[[str], CheckingClient]) -> None:
    answer = browser(NOBODY).get("/manage/interviews/new?x=1")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/manage/interviews/new?x%3D1")


def test_fragment_for_a_signed_out_person_is_401(browser: Callable[[str], CheckingClient]) -> None:
    answer = browser(NOBODY).get("/manage/", headers={"HX-Request": "true"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "change", [{"disabled": True}, {"epoch": 1}, {"since": 0.0}, {"user": "nobody"}, {"since": "x"}]
)
def test_ended_session_is_anonymous(app: Flask, change: dict[str, Any]) -> None:
    from app.transaction import transaction
    from tests.factories import NOON

    client = app.test_client()
    user = make_user(Role.COORDINATOR)
    sign_in(client, user)
    assert client.get("/manage/").status_code == 200
    if change.pop("disabled", False):
        with transaction() as session:
            session.get_one(StaffUser, user.id).disabled_at = NOON
    with client.session_transaction() as cookie:
        cookie.update(change)
    assert client.get("/manage/").status_code == 302

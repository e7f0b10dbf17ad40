"""Signing in and out."""

from __future__ import annotations

import base64

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.accounts.models import Role
from app.audit import AuditEvent
from app.extensions import db
from app.transaction import transaction
from tests.factories import NOON, PASSWORD, enter, make_attempt, make_invitation, make_user, sign_in
from tests.page_check import CheckingClient


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.number)))


def test_the_form_suits_password_managers_and_lets_paste(client: CheckingClient) -> None:
    page = client.page("/sign-in")
    fields = {field["name"]: field for field in page.select("main input:not([type=hidden])")}
    assert fields["email"]["autocomplete"] == "username"
    assert fields["password"]["autocomplete"] == "current-password"
    assert not page.select("[onpaste], [readonly]")


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.REVIEWER, "/review/"),
        (Role.COORDINATOR, "/manage/"),
        (Role.ADMINISTRATOR, "/manage/"),
        (Role.COMPLIANCE, "/compliance/"),
    ],
)
def test_signing_in_leads_to_the_work_of_the_role(client: CheckingClient, role: Role, home: str) -> None:
    user = make_user(role)
    answer = client.submit("/sign-in", {"email": user.email.upper(), "password": PASSWORD})
    assert answer.location == "/account/home"
    assert client.get("/account/home").location == home
    assert client.get("/sign-in").location == "/account/home"
    assert actions() == ["signed in"]


@pytest.mark.parametrize(("known", "password"), [(True, "wrong wrong wrong"), (False, PASSWORD)])
def test_a_refusal_does_not_say_what_was_wrong(client: CheckingClient, known: bool, password: str) -> None:
    user = make_user(Role.REVIEWER)
    email = user.email if known else "nobody@example.org"
    answer = client.submit("/sign-in", {"email": email, "password": password})
    assert answer.status_code == 422
    soup = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    summary = soup.select_one(".error-summary a")
    assert summary is not None
    assert (summary["href"], summary.get_text()) == ("#password", "The email address or the password is wrong.")
    assert soup.select_one("input[name=email]")["value"] == email  # type: ignore[index]
    assert password not in answer.get_data(as_text=True)
    assert client.get("/review/").status_code == 302


def test_refused_sign_in_is_logged_only_for_an_existing_user(client: CheckingClient) -> None:
    user = make_user(Role.REVIEWER)
    client.submit("/sign-in", {"email": "nobody@example.org", "password": PASSWORD})
    assert actions() == []
    client.submit("/sign-in", {"email": user.email, "password": "wrong wrong wrong"})
    assert actions() == ["sign-in refused"]


@pytest.mark.parametrize("form", [{}, {"email": "a@example.org"}, {"password": PASSWORD}])
def test_missing_fields_are_named(client: CheckingClient, form: dict[str, str]) -> None:
    answer = client.submit("/sign-in", form)
    missing = {"email", "password"} - set(form)
    soup = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert answer.status_code == 422
    assert {link["href"] for link in soup.select(".error-summary a")} == {f"#{name}" for name in missing}


def test_signing_in_goes_on_where_it_was_asked_for(client: CheckingClient) -> None:
    user = make_user(Role.COORDINATOR)
    page = client.page("/sign-in?next=/manage/interviews/new")
    action = page.select_one("main form")["action"]  # type: ignore[index]
    answer = client.submit(str(action), {"email": user.email, "password": PASSWORD})
    assert answer.location == "/manage/interviews/new"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
    ],
)
def test_signing_in_never_leads_to_another_site(client: CheckingClient, address: str) -> None:
    user = make_user(Role.COORDINATOR)
    answer = client.submit("/sign-in", {"email": user.email, "password": PASSWORD}, query_string={"next": address})
    assert answer.location == "/account/home"


def test_signing_in_begins_a_fresh_session(client: CheckingClient) -> None:
    enter(client, make_attempt())
    user = make_user(Role.REVIEWER)
    client.submit("/sign-in", {"email": user.email, "password": PASSWORD})
    with client.session_transaction() as session:
        assert set(session) == {"id", "user", "epoch", "since", "csrf_token", "_permanent"}


def test_signing_out_ends_the_session(client: CheckingClient) -> None:
    sign_in(client, make_user(Role.COORDINATOR))
    assert client.submit("/sign-out").location == "/sign-in"
    assert client.get("/manage/").status_code == 302
    assert actions() == ["signed out"]


def fail_to_sign_in(client: CheckingClient, email: str, place: str, times: int) -> int:
    """Send a wrong password several times. Return the HTTP status of the last response."""
    form = {"email": email, "password": "wrong wrong wrong"}
    for _ in range(times):
        status = client.submit("/sign-in", form, environ_base={"REMOTE_ADDR": place}, check=False).status_code
    return status


def sign_in_from(client: CheckingClient, email: str, place: str) -> int:
    form = {"email": email, "password": PASSWORD}
    return client.submit("/sign-in", form, environ_base={"REMOTE_ADDR": place}, check=False).status_code


def test_copied_cookie_is_invalid_after_signing_out(app: Flask, client: CheckingClient) -> None:
    user = make_user(Role.COORDINATOR)
    sign_in_from(client, user.email, "192.0.2.1")
    thief = app.test_client()
    copied = client.get_cookie("fairtake")
    assert copied is not None
    thief.set_cookie("fairtake", copied.value)
    assert thief.get("/manage/").status_code == 200
    client.submit("/sign-out")
    assert thief.get("/manage/").status_code == 302


def test_copied_cookie_of_a_candidate_is_invalid_after_leaving(app: Flask, client: CheckingClient) -> None:
    _invitation, token = make_invitation()
    client.submit(f"/i/{token}")
    thief, copied = app.test_client(), client.get_cookie("fairtake")
    assert copied is not None
    thief.set_cookie("fairtake", copied.value)
    assert thief.get("/interview/consent").status_code == 200
    client.submit("/interview/leave")
    assert thief.get("/interview/consent").status_code == 401
    client.submit(f"/i/{token}")
    assert client.get("/interview/consent").status_code == 200


def test_cookies_of_ended_sessions_are_remembered_until_they_expire(app: Flask) -> None:
    with transaction() as session:
        sessions.end_session(session, "old", now=NOON - sessions.COOKIE_LIFETIME)
        sessions.end_session(session, "new", now=NOON)
        sessions.end_session(session, "new", now=NOON)
        sessions.forget_expired(session, now=NOON)
    assert (sessions.is_ended(db.session(), "old"), sessions.is_ended(db.session(), "new")) == (False, True)


def test_wrong_passwords_from_one_place_do_not_lock_out_other_places(client: CheckingClient) -> None:
    user, other = make_user(Role.REVIEWER), make_user(Role.REVIEWER)
    assert fail_to_sign_in(client, user.email, "192.0.2.1", 10) == 422
    assert sign_in_from(client, user.email.upper(), "192.0.2.1") == 429, "this place, whatever the letter case"
    assert sign_in_from(client, other.email, "192.0.2.1") == 302
    client.delete_cookie("fairtake")
    assert sign_in_from(client, user.email, "192.0.2.2") == 302


def test_wrong_passwords_from_many_places_lock_an_account_but_not_a_known_browser(app: Flask) -> None:
    user, known, strange = make_user(Role.REVIEWER), app.test_client(), app.test_client()
    assert sign_in_from(known, user.email, "192.0.2.200") == 302
    known.post("/sign-out")
    known.delete_cookie("fairtake")
    for number in range(20):
        fail_to_sign_in(strange, user.email, f"192.0.2.{number}", 5)
    assert sign_in_from(strange, user.email, "192.0.2.199") == 429
    assert sign_in_from(known, user.email, "192.0.2.199") == 302


def test_known_browser_counts_its_own_tries(app: Flask) -> None:
    user, known = make_user(Role.REVIEWER), app.test_client()
    assert sign_in_from(known, user.email, "192.0.2.1") == 302
    known.delete_cookie("fairtake")
    assert fail_to_sign_in(known, user.email, "192.0.2.1", 10) == 422
    assert sign_in_from(known, user.email, "192.0.2.77") == 429


@pytest.mark.parametrize("cookie", ["", "x", "eyJ9.x.y", "a" * 3000])
def test_forged_device_is_unknown(app: Flask, cookie: str) -> None:
    user, client = make_user(Role.REVIEWER), app.test_client()
    client.set_cookie("fairtake-device", cookie, path="/sign-in")
    assert fail_to_sign_in(client, user.email, "192.0.2.1", 10) == 422
    assert sign_in_from(client, user.email, "192.0.2.1") == 429


def test_device_cookie_names_nobody(client: CheckingClient) -> None:
    user = make_user(Role.REVIEWER)
    sign_in_from(client, user.email, "192.0.2.1")
    cookie = client.get_cookie("fairtake-device", path="/sign-in")
    assert cookie is not None
    assert cookie.http_only
    assert user.email not in base64.urlsafe_b64decode(cookie.value.split(".")[0] + "==").decode()


def test_sign_in_tries_from_one_place_are_limited_for_all_addresses_together(client: CheckingClient) -> None:
    statuses = [
        client.submit("/sign-in", {"email": f"a{number}@example.org", "password": "x"}, check=False).status_code
        for number in range(31)
    ]
    assert statuses == [422] * 30 + [429]

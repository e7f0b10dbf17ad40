"""Signing in and out."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.accounts.models import Role
from app.audit import AuditEvent
from app.extensions import db
from tests.factories import PASSWORD, enter, make_attempt, make_user, sign_in
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
    assert (summary["href"], summary.get_text()) == ("#password", "The address or the password is not right.")
    assert soup.select_one("input[name=email]")["value"] == email  # type: ignore[index]
    assert password not in answer.get_data(as_text=True)
    assert client.get("/review/").status_code == 302


def test_only_a_refusal_of_someone_who_exists_is_in_the_log(client: CheckingClient) -> None:
    user = make_user(Role.REVIEWER)
    client.submit("/sign-in", {"email": "nobody@example.org", "password": PASSWORD})
    assert actions() == []
    client.submit("/sign-in", {"email": user.email, "password": "wrong wrong wrong"})
    assert actions() == ["sign-in refused"]


@pytest.mark.parametrize("form", [{}, {"email": "a@example.org"}, {"password": PASSWORD}])
def test_what_is_missing_is_asked_for(client: CheckingClient, form: dict[str, str]) -> None:
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
        assert set(session) == {"user", "epoch", "since", "csrf_token", "_permanent"}


def test_signing_out_ends_the_session(client: CheckingClient) -> None:
    sign_in(client, make_user(Role.COORDINATOR))
    assert client.submit("/sign-out").location == "/sign-in"
    assert client.get("/manage/").status_code == 302
    assert actions() == ["signed out"]


def test_tries_for_one_address_are_limited_wherever_they_come_from(client: CheckingClient) -> None:
    user = make_user(Role.REVIEWER)
    form = {"email": user.email, "password": "wrong wrong wrong"}
    for number in range(10):
        place = {"REMOTE_ADDR": f"192.0.2.{number}"}
        assert client.submit("/sign-in", form, environ_base=place).status_code == 422
    answer = client.submit("/sign-in", {**form, "password": PASSWORD}, environ_base={"REMOTE_ADDR": "192.0.2.99"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many tries" in answer.get_data(as_text=True)
    other = make_user(Role.REVIEWER)
    assert client.submit("/sign-in", {"email": other.email, "password": PASSWORD}).status_code == 302


def test_tries_from_one_place_are_limited_whatever_the_address(client: CheckingClient) -> None:
    statuses = [
        client.submit("/sign-in", {"email": f"a{number}@example.org", "password": "x"}, check=False).status_code
        for number in range(31)
    ]
    assert statuses == [422] * 30 + [429]

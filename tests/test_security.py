"""Headers, cookies, form tokens, the invitation link, and secrets that must not be logged (OWASP ASVS 5.0)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from app.accounts.models import Role
from app.config import Config
from app.extensions import db
from app.interviews import services
from app.static_files import first_styles_source
from tests.factories import NOON, PASSWORD, enter, make_attempt, make_interview, make_invitation, make_user, sign_in
from tests.page_check import CheckingClient
from tests.test_permissions import address_of, rules

PAGES = ["/sign-in", "/interview/help", "/nowhere", "/interview/", "/manage/"]
UNSAFE_METHODS = {"POST", "PUT", "PATCH", "DELETE"}


def directives(header: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in header.split(";"))}


@pytest.fixture
def secure_client(config: Config) -> FlaskClient:
    """A browser that uses an https installation over https."""
    app = create_app(replace(config, base_url="https://interviews.example.org"))
    app.test_client_class = CheckingClient
    return app.test_client()


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_a_policy_without_anything_unsafe(client: CheckingClient, address: str) -> None:
    policy = directives(client.get(address).headers["Content-Security-Policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["connect-src"] == ["'self'"]
    assert policy["style-src"] == ["'self'", first_styles_source()]
    assert policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    values = {value for name in policy for value in policy[name]}
    assert values == {"'none'", "'self'", "data:", "blob:", first_styles_source()}
    assert "blob:" not in policy["script-src"]


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_not_cached_and_send_no_referrer(client: CheckingClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"] or client.get(address).status_code == 302
    assert "camera=(self)" in headers["Permissions-Policy"]


def test_session_cookie_is_hidden_from_scripts_and_other_sites(client: CheckingClient) -> None:
    cookie = client.get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure_and_hsts_is_set(secure_client: FlaskClient) -> None:
    answer = secure_client.get("/sign-in", base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_cookie_is_set_with_pages_and_not_with_files_and_parts(client: CheckingClient) -> None:
    enter(client, make_attempt())
    page = client.get("/interview/")
    assert "Set-Cookie" in page.headers
    style = page.get_data(as_text=True).split('rel="stylesheet" href="')[1].split('"')[0]
    for answer in (client.get(style), client.head("/uploads/none", headers={"Tus-Resumable": "1.0.0"})):
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Sec-Fetch-Mode": "cors"}])
def test_page_or_error_that_a_script_requests_sets_no_cookie(app: Flask, headers: dict[str, str]) -> None:
    client = app.test_client()
    enter(client, make_attempt())
    client.get("/interview/")
    for path in ("/interview/nowhere", "/interview/questions/none", "/uploads/none"):
        assert "Set-Cookie" not in client.get(path, headers=headers).headers, path


def test_signed_out_script_gets_no_session_cookie(client: CheckingClient) -> None:
    address = "/interview/questions/" + "a" * 26
    told = client.get(address, headers={"Sec-Fetch-Mode": "cors"})
    assert (told.status_code, "Set-Cookie" in told.headers) == (401, False)
    page = client.get(address, headers={"Sec-Fetch-Mode": "navigate"})
    assert (page.status_code, "Set-Cookie" in page.headers) == (
        401,
        True,
    )  # the forms of the page need the session of this request


def test_over_https_a_form_is_accepted_without_the_referer_that_we_forbid(secure_client: CheckingClient) -> None:
    page = secure_client.get("/sign-in", base_url="https://localhost").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "email": "", "password": ""}
    answer = secure_client.post("/sign-in", data=form, base_url="https://localhost")
    assert answer.status_code == 422


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}, {"Accept": "application/json"}])
def test_nothing_is_changed_without_a_form_token(app: Flask, headers: dict[str, str]) -> None:
    staff, candidate = app.test_client(), app.test_client()
    sign_in(staff, make_user(*Role))
    enter(candidate, make_attempt())
    accepted = []
    for rule in rules(app):
        if rule.endpoint.startswith("uploads."):
            continue  # uploads check the Origin header instead, tested below
        for method in sorted((rule.methods or set()) & UNSAFE_METHODS):
            statuses = {
                client.open(address_of(rule), method=method, headers=headers, check=False).status_code
                for client in (staff, candidate)
            }
            if 400 not in statuses or statuses - {
                400,
                401,
                403,
            }:  # with 401 or 403 the person may not use the form in any case
                accepted.append((method, rule.rule, statuses))
    assert accepted == []


def test_a_token_of_another_session_is_refused(app: Flask) -> None:
    mine, other = app.test_client(), app.test_client()
    token = other.form_token()  # type: ignore[attr-defined]
    mine.get("/sign-in")
    assert mine.post("/sign-in", data={"csrf_token": token}).status_code == 400


def test_a_token_lasts_as_long_as_the_session(app: Flask) -> None:
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_an_upload_from_another_site_is_refused(client: CheckingClient, origin: str) -> None:
    enter(client, make_attempt())
    headers = {"Origin": origin, "Tus-Resumable": "1.0.0", "Upload-Defer-Length": "1"}
    answer = client.post("/uploads/", headers=headers)
    assert answer.status_code == 403


def everything_stored() -> dict[str, list[tuple[object, ...]]]:
    tables = sorted(db.metadata.tables.items())
    return {name: [tuple(row) for row in db.session.execute(select(table))] for name, table in tables}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_mail_scanner_that_follows_a_link_changes_nothing(client: CheckingClient, method: str) -> None:
    _invitation, token = make_invitation()
    before = everything_stored()
    assert client.open(f"/i/{token}", method=method).status_code == 200
    assert everything_stored() == before


def test_opening_an_invitation_starts_a_new_session(app: Flask) -> None:
    _invitation, token = make_invitation()
    planted = app.test_client()
    planted.get(f"/i/{token}")
    victim = app.test_client()
    victim.set_cookie("fairtake", planted.get_cookie("fairtake").value)  # type: ignore[union-attr]
    victim.submit(f"/i/{token}")  # type: ignore[attr-defined]
    assert victim.get("/interview/consent").status_code == 200
    assert planted.get("/interview/consent").status_code == 401


def test_two_requests_at_once_after_the_invitation_share_a_form_token(app: Flask) -> None:
    """If the tokens differed, the cookie of one request would invalidate the form of the other."""
    browser = app.test_client()
    browser.submit(f"/i/{make_invitation()[1]}")  # type: ignore[attr-defined]
    begun = browser.get_cookie("fairtake").value  # type: ignore[union-attr]
    tokens, cookies = [], []
    for _request in range(2):
        browser.set_cookie("fairtake", begun)
        page = browser.get("/interview/consent").text
        tokens.append(page.split('name="csrf_token" value="')[1].split('"')[0])
        cookies.append(browser.get_cookie("fairtake").value)  # type: ignore[union-attr]
    browser.set_cookie("fairtake", cookies[1])
    answer = browser.post("/language", data={"csrf_token": tokens[0], "language": "en"})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_invitation()[1],
        lambda: make_invitation(expires_at=NOON)[1],
        lambda: make_invitation(make_interview(), cancelled_at=NOON)[1],
        lambda: "Z" * 43,
    ],
    ids=["open", "expired", "cancelled", "invented"],
)
def test_no_token_is_in_any_log(
    client: CheckingClient, caplog: pytest.LogCaptureFixture, make: Callable[[], str]
) -> None:
    token = make()
    caplog.set_level(logging.DEBUG)
    client.get(f"/i/{token}")
    client.submit(f"/i/{token}")
    client.post(f"/i/{token}")
    assert token not in caplog.text


def test_no_token_is_in_the_log_of_a_server_error(
    app: Flask, client: CheckingClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(services, "find_invitation", fail)
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    caplog.set_level(logging.DEBUG)
    assert client.get(f"/i/{'T' * 43}").status_code == 500
    assert "RuntimeError" in caplog.text
    assert "a mistake" not in caplog.text
    assert "T" * 43 not in caplog.text


def test_no_password_or_address_is_in_a_log(client: CheckingClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy").setLevel(logging.WARNING)
    user = make_user(Role.REVIEWER)
    client.submit("/sign-in", {"email": user.email, "password": "a wrong password"})
    client.submit("/sign-in", {"email": user.email, "password": PASSWORD})
    assert not any(secret in caplog.text for secret in (user.email, PASSWORD, "a wrong password"))


def test_page_loads_no_script_style_or_image_from_other_sites(client: CheckingClient) -> None:
    _invitation, token = make_invitation()
    for address in (f"/i/{token}", "/sign-in", "/interview/help"):
        page = client.page(address)
        linked = [tag.get("src") or tag.get("href") for tag in page.select("script[src], link[href], img[src]")]
        assert linked
        assert all(str(each).startswith(("/static/", "data:image/svg+xml,")) for each in linked)

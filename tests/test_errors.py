"""Error pages say what happened, which data is safe and what to do next, without a stack trace."""

from __future__ import annotations

import sqlite3

import pytest
from bs4 import BeautifulSoup
from flask import Flask, abort
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.exc import OperationalError

from app import errors
from app.accounts import access
from app.accounts.access import requires
from app.accounts.models import Role
from app.errors import DomainError
from tests.factories import enter, make_attempt, make_invitation, make_user, sign_in
from tests.page_check import CheckingClient

ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, DomainError)]
SECRET = "/srv/secret/path.py"


def raising(app: Flask, problem: Exception) -> None:
    """Add a public page that raises this error. Errors are handled as in production."""

    @requires("public")
    def fail() -> str:
        raise problem

    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.add_url_rule("/fail", "fail", fail)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_domain_error_page_has_its_status_and_all_its_sentences(
    app: Flask, client: CheckingClient, kind: type[DomainError]
) -> None:
    problem = kind("It is <raining>.")
    raising(app, problem)
    answer = client.get("/fail")
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert answer.status_code == kind.status
    assert page.h1 is not None
    assert page.h1.get_text() == str(problem.title)
    text = page.get_text(" ", strip=True)
    assert all(str(said) in text for said in ("It is <raining>.", problem.kept, problem.next_step))
    assert answer.headers["Cache-Control"] == "no-store"


def test_error_for_htmx_is_only_the_main_part_of_the_page(app: Flask, client: CheckingClient) -> None:
    raising(app, errors.ConflictError())
    answer = client.get("/fail", headers={"HX-Request": "true"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "<html" not in text
    assert "This has changed" in text
    assert "HX-Request" in answer.headers["Vary"]


def test_error_for_a_script_is_json(app: Flask, client: CheckingClient) -> None:
    raising(app, errors.TooLargeError("Too much."))
    answer = client.get("/fail", headers={"Accept": "application/json"})
    assert answer.status_code == 413
    assert set(answer.get_json()) == {"error", "message", "kept", "next"}
    assert answer.get_json()["message"] == "Too much."


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 429, 500])
def test_error_of_werkzeug_looks_like_our_errors(app: Flask, client: CheckingClient, status: int) -> None:
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.add_url_rule("/fail", "fail", requires("public")(lambda: abort(status)))
    answer = client.get("/fail")
    assert answer.status_code == status
    assert "What to do next" in answer.get_data(as_text=True)


def test_unknown_address_gives_an_error_page(client: CheckingClient) -> None:
    answer = client.get("/nowhere/at/all")
    assert answer.status_code == 404
    assert "Page not found" in answer.get_data(as_text=True)


def test_wrong_method_names_the_allowed_methods(client: CheckingClient) -> None:
    answer = client.delete("/sign-in")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    "problem",
    [
        RuntimeError(SECRET),
        OperationalError("SELECT secret", {}, sqlite3.OperationalError(SECRET)),
        RedisAway(SECRET),
    ],
    ids=["bug", "database away", "redis away"],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_error_page_does_not_reveal_the_exception(
    app: Flask, client: CheckingClient, problem: Exception, accept: str
) -> None:
    raising(app, problem)
    answer = client.get("/fail", headers={"Accept": accept})
    text = answer.get_data(as_text=True)
    assert answer.status_code == (500 if isinstance(problem, RuntimeError) else 503)
    assert not any(said in text for said in (SECRET, "Traceback", "SELECT", "sqlite3", "Error("))


def test_unavailable_database_gives_an_error_page(
    app: Flask, client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.extensions import db

    _invitation, token = make_invitation()
    attempt = make_attempt()

    def refuse(*_args: object, **_options: object) -> None:
        raise OperationalError("SELECT 1", {}, sqlite3.OperationalError("unable to open database file"))

    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    enter(client, attempt)
    monkeypatch.setattr(type(db.session()), "execute", refuse)
    monkeypatch.setattr(type(db.session()), "scalar", refuse)
    for address in (f"/i/{token}", "/interview/"):
        answer = client.get(address)
        assert answer.status_code == 503
        assert "Everything that was confirmed as saved is kept" in answer.get_data(as_text=True)


def test_form_without_token_gets_advice(client: CheckingClient) -> None:
    answer = client.post("/sign-in", data={"email": "a@example.org"})
    assert answer.status_code == 400
    assert "Load the page again" in answer.get_data(as_text=True)


@pytest.mark.parametrize("cookie", ["", "garbage", "eyJ1c2VyIjoiMSJ9.aaaa.bbbb", "a" * 4000, "\u00e9"])
def test_broken_cookie_is_anonymous(client: CheckingClient, cookie: str) -> None:
    client.set_cookie("fairtake", cookie)
    assert client.get("/sign-in").status_code == 200
    assert client.get("/interview/").status_code == 401
    assert client.get("/manage/").status_code == 302


def test_form_that_is_too_large_gets_413(app: Flask, client: CheckingClient) -> None:
    answer = client.submit("/sign-in", {"email": "a" * (2 * 1024 * 1024)})
    assert answer.status_code == 413


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 422, 429, 500])
def test_error_page_for_staff_has_the_staff_layout_and_a_way_back(
    app: Flask, client: CheckingClient, status: int
) -> None:
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.add_url_rule("/fail", "fail", requires("media.watch")(lambda: abort(status)))
    sign_in(client, make_user(Role.REVIEWER))
    answer = client.get("/fail")
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert answer.status_code == status
    assert page.select_one(".masthead--staff nav a") is not None
    assert page.select_one(".masthead__help") is None
    assert page.select_one("main .button")["href"] == "/account/home"  # type: ignore[index]


def test_error_after_a_staff_form_links_back_to_its_page(app: Flask, client: CheckingClient) -> None:
    sign_in(client, make_user(Role.REVIEWER))
    answer = client.submit("/review/answers/none/notes", {"text": "Hello" * 300_000})
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert answer.status_code == 413
    assert page.select_one("main .button")["href"] == "/review/answers/none"  # type: ignore[index]


def test_error_page_for_a_candidate_has_the_candidate_layout(app: Flask, client: CheckingClient) -> None:
    app.add_url_rule("/fail", "fail", requires("media.watch")(lambda: abort(404)))
    enter(client, make_attempt())
    page = BeautifulSoup(client.get("/fail").get_data(as_text=True), "html.parser")
    assert page.select_one(".masthead--staff") is None
    assert page.select_one(".masthead__help") is not None


def test_error_page_has_no_staff_layout_if_the_user_cannot_be_loaded(
    app: Flask, client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("SELECT 1", {}, sqlite3.OperationalError("away"))

    raising(app, errors.ConflictError())
    monkeypatch.setattr(access, "current_user", away)
    assert client.get("/fail").status_code == 409

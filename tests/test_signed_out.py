"""A person who is signed out while filling in a form returns to the form with their text after signing in.

If the browser blocks cookies, the page explains this.
"""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask, Response
from werkzeug.test import TestResponse

from app.accounts.models import Role
from tests.factories import NOON, PASSWORD, enter, make_attempt, make_interview, make_invitation, make_user, sign_in
from tests.page_check import CheckingClient

KEPT = "0123456789abcdef" * 2
WORDS = "A break of a day"


def text_of(answer: TestResponse | Response) -> str:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser").get_text(" ", strip=True)


def test_signed_out_candidate_is_told_to_open_their_link_and_that_their_text_is_kept(client: CheckingClient) -> None:
    answer = client.post("/interview/accommodations", data={"words": WORDS, "kept": KEPT})
    assert answer.status_code == 401
    assert "Open the link in your invitation again" in text_of(answer)
    assert "What you typed is kept in this browser." in text_of(answer)
    assert "/sign-in" not in answer.get_data(as_text=True)


def test_without_scripts_the_text_is_shown_to_its_writer(client: CheckingClient) -> None:
    answer = client.post(
        "/interview/accommodations", data={"words": f"<b>{WORDS}"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert f"<b>{WORDS}" in text_of(answer)


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}])
def test_text_from_another_site_is_not_shown(client: CheckingClient, headers: dict[str, str]) -> None:
    answer = client.post("/interview/accommodations", data={"words": "Go to evil.example now"}, headers=headers)
    assert answer.status_code == 401
    assert "evil" not in text_of(answer)


@pytest.mark.parametrize(
    ("address", "back"),
    [
        ("/review/answers/aaa/score", "/review/answers/aaa"),
        ("/review/answers/aaa/notes/bbb/remove", "/review/answers/aaa"),
        ("/manage/interviews/new", "/manage/interviews/new"),
        ("/compliance/people/aaa/erase", "/compliance/people/aaa/erase"),
    ],
)
def test_staff_are_sent_to_sign_in_and_back_to_their_page(
    app: Flask, client: CheckingClient, address: str, back: str
) -> None:
    answer = client.post(address, data={"text": WORDS})
    assert answer.status_code == 401
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    link = page.find("a", string="Sign in")
    assert link is not None
    assert link["href"] == f"/sign-in?next={back}"
    user = make_user(Role.REVIEWER)
    signed_in = client.submit(str(link["href"]), {"email": user.email, "password": PASSWORD})
    assert signed_in.location == back
    assert client.get(str(link["href"])).location == back  # the person has signed in in another tab


def test_next_address_on_another_site_is_not_followed(client: CheckingClient) -> None:
    sign_in(client, make_user(Role.REVIEWER))
    assert client.get("/sign-in?next=//evil.example").location == "/account/home"


@pytest.mark.parametrize("address", ["/sign-in", "/i/{token}"])
def test_a_form_without_any_cookie_says_that_cookies_are_blocked(client: CheckingClient, address: str) -> None:
    address = address.format(token=make_invitation()[1])
    answer = client.post(address, data={"email": "a@example.org"})
    assert answer.status_code == 400
    assert "Your browser blocks our cookie" in text_of(answer)
    assert "Allow cookies for this site" in text_of(answer)
    client.get(address)
    client.set_cookie("fairtake", "made elsewhere")
    assert "blocks our cookie" not in text_of(client.post(address, data={"email": "a@example.org"}))


@pytest.mark.parametrize("end", ["/", ".", ">", ",", ")", "%20"])
def test_link_works_with_characters_added_by_a_mail_program(client: CheckingClient, end: str) -> None:
    _invitation, token = make_invitation()
    page = client.page(f"/i/{token}{end}")
    form = page.select_one("main form")
    assert form is not None
    assert client.submit(str(form["action"])).location == "/interview/"
    assert client.submit(f"/i/{token}/").location == "/interview/"


def test_a_saved_form_is_named_on_the_next_page_once(client: CheckingClient) -> None:
    attempt = make_attempt(make_interview())
    enter(client, attempt)
    assert client.submit("/interview/accommodations", {"words": WORDS, "kept": KEPT}).status_code == 303
    named = client.page("/interview/").body
    assert named is not None
    assert named["data-saved-forms"] == KEPT
    again = client.page("/interview/").body
    assert again is not None
    assert "data-saved-forms" not in again.attrs


@pytest.mark.parametrize("kept", ["", "x", "<script>", KEPT + "0", KEPT.upper()])
def test_unknown_form_id_is_not_named(client: CheckingClient, kept: str) -> None:
    enter(client, make_attempt())
    client.submit("/interview/accommodations", {"words": WORDS, "kept": kept})
    body = client.page("/interview/").body
    assert body is not None
    assert "data-saved-forms" not in body.attrs


def test_refused_form_is_not_called_saved(client: CheckingClient) -> None:
    enter(client, make_attempt())
    assert client.submit("/interview/accommodations", {"words": "x" * 5000, "kept": KEPT}).status_code == 422
    body = client.page("/interview/").body
    assert body is not None
    assert "data-saved-forms" not in body.attrs


@pytest.mark.parametrize("page", ["", "accommodations", "preferences", "questions/nothing", "consent"])
def test_candidate_who_has_sent_their_answers_is_led_to_the_receipt(client: CheckingClient, page: str) -> None:
    enter(client, make_attempt(submitted_at=NOON, receipt="ABCD-EFGH-2345"))
    with client.session_transaction() as cookie:
        cookie["returning"] = True
    answer = client.get(f"/interview/{page}")
    assert (answer.status_code, answer.location) == (303, "/interview/receipt")
    assert client.get("/interview/receipt").status_code == 200
    assert client.get(f"/interview/{page}", headers={"Sec-Fetch-Mode": "cors"}).status_code == 401

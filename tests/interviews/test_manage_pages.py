"""The coordinator's pages, without JavaScript. Each page is checked when it is fetched."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts.models import Role, StaffUser
from app.extensions import db
from app.ids import hash_token, new_id
from app.interviews.models import Interview, InterviewState, Invitation, Question
from tests.factories import NOON, make_attempt, make_interview, make_invitation, make_take, make_user, sign_in
from tests.page_check import CheckingClient

DETAILS = {"title": "Nurse", "language": "en", "retention_days": "365", "time_zone": "UTC", "any_order": "y"}


@pytest.fixture
def coordinator(client: CheckingClient) -> StaffUser:
    user = make_user(Role.COORDINATOR, name="Cora")
    sign_in(client, user)
    return user


pytestmark = pytest.mark.usefixtures("coordinator")


def problems(answer: TestResponse) -> dict[str, str]:
    """Return the messages in the error summary of a refused form. The keys are the links of the messages."""
    assert answer.status_code == 422
    soup = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    found = {str(link["href"]): link.get_text() for link in soup.select(".error-summary a")}
    assert all(soup.select_one(target) for target in found)
    return found


def test_before_the_first_interview_the_page_says_how_to_begin(client: CheckingClient) -> None:
    page = client.page("/manage/")
    assert page.select_one('main a[href="/manage/interviews/new"]')


def test_an_interview_is_made_opened_and_closed(client: CheckingClient) -> None:
    reviewer = make_user(Role.REVIEWER, name="Rea")
    form = {
        **DETAILS,
        "introduction": "Welcome.",
        "day": "2126-11-27",
        "clock": "17:00",
        "time_zone": "Europe/London",
        "reviewers": reviewer.id,
    }
    address = client.submit("/manage/interviews/new", form).location
    interview = db.session.query(Interview).one()
    assert interview.deadline_at == datetime(2126, 11, 27, 17, tzinfo=UTC)
    page = client.page(address)
    assert not page.select_one(f'form[action="{address}/open"]')
    client.submit(f"{address}/questions/new", {"prompt": "Why?", "thinking_seconds": "60", "recording_seconds": ""})
    assert client.page(address).select_one(f'form[action="{address}/open"]')
    assert client.submit(f"{address}/open").location == address
    text = client.page(address).main.get_text(" ", strip=True)  # type: ignore[union-attr]
    for said in (
        "Open",
        "1 minute to think",
        "Unlimited recording time",
        "Unlimited retakes",
        "Rea",
        "17:00 (London",
    ):
        assert said in text, said
    client.submit(f"{address}/close")
    assert "Nobody new can start" in client.page(address).get_text(" ", strip=True)
    assert "Nurse" in client.page("/manage/").get_text()


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"title": "  "}, "#title", "Enter a title."),
        ({"title": "x" * 201}, "#title", "200"),
        ({"day": "2020-01-01"}, "#day", "in the future"),
        ({"day": "9999-12-31"}, "#day", "within the next 100 years"),
        ({"day": "9999-12-31", "time_zone": "America/New_York"}, "#day", "within the next 100 years"),
        ({"day": "0001-01-01", "clock": "00:00", "time_zone": "Asia/Tokyo"}, "#day", "within the next 100 years"),
        ({"day": "soon"}, "#day", "valid date"),
        ({"clock": "17:00"}, "#clock", "Enter a date"),
        ({"time_zone": "Mars/Base"}, "#time_zone", "valid choice"),
        ({"retention_days": "a year"}, "#retention_days", "in digits"),
        ({"retention_days": "0"}, "#retention_days", "from 1 to 3650"),
        ({"language": "klingonish"}, "#language", "language code"),
        ({"language": "../x"}, "#language", "language code"),
        ({"language": "und"}, "#language", "language code"),
        ({"language": "de@a"}, "#language", "language code"),
        ({"answer_languages": "es cmn"}, "#answer_languages", "language codes"),
        ({"answer_languages": "es root"}, "#answer_languages", "language codes"),
        ({"reviewers": new_id()}, "#reviewers-0", "valid choice"),
    ],
)
def test_an_interview_that_is_not_right_comes_back_with_what_to_correct(
    client: CheckingClient, change: dict[str, str], field: str, message: str
) -> None:
    make_user(Role.REVIEWER)
    found = problems(client.submit("/manage/interviews/new", {**DETAILS, **change}))
    assert list(found) == [field]
    assert message in found[field]
    assert db.session.query(Interview).count() == 0


def test_fewer_days_than_the_floor_of_this_installation_are_refused(app: Flask, client: CheckingClient) -> None:
    app.config["FAIRTAKE"] = replace(app.config["FAIRTAKE"], retention_floor_days=365)
    found = problems(client.submit("/manage/interviews/new", {**DETAILS, "retention_days": "364"}))
    assert found == {"#retention_days": "Enter a number of days from 365 to 3650."}
    assert client.submit("/manage/interviews/new", {**DETAILS, "retention_days": "365"}).status_code == 303


def test_a_language_that_the_speech_model_does_not_know_is_said_after_saving(client: CheckingClient) -> None:
    warning = "The speech model does not know this language: Irish."
    new, changed = {**DETAILS, "answer_languages": "es ga"}, {**DETAILS, "language": "ga"}
    address = client.submit("/manage/interviews/new", new).headers["Location"]
    assert warning in client.page(address).get_text()
    assert warning not in client.page(address).get_text()
    client.submit(f"{address}/change", changed)
    assert warning in client.page(address).get_text()
    client.submit(f"{address}/questions/new", {"prompt": "Cén fáth?", "language": "ga"})
    assert warning in client.page(address).get_text()
    client.submit(f"{address}/questions/new", {"prompt": "Why?", "language": "cy"})
    assert "does not know" not in client.page(address).get_text()


def test_a_form_comes_back_filled_in(client: CheckingClient) -> None:
    answer = client.submit("/manage/interviews/new", {**DETAILS, "title": "", "introduction": "<Kept> & safe"})
    soup = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert soup.select_one("textarea").get_text().strip() == "<Kept> & safe"  # type: ignore[union-attr]


def test_changing_an_interview_begins_with_what_it_is_and_keeps_a_past_deadline(client: CheckingClient) -> None:
    reviewer = make_user(Role.REVIEWER)
    interview = make_interview(deadline_at=NOON, time_zone="America/New_York", reviewers=[reviewer])
    address = f"/manage/interviews/{interview.id}/change"
    page = client.page(address)
    assert (value(page, "#day"), value(page, "#clock")) == ("2026-11-02", "07:00")
    assert page.select_one("#time_zone option[selected]")["value"] == "America/New_York"  # type: ignore[index]
    assert page.select_one(f'input[name=reviewers][value="{reviewer.id}"][checked]')
    form = {**DETAILS, "title": "Renamed", "day": "2026-11-02", "clock": "07:00", "time_zone": "America/New_York"}
    assert client.submit(address, form).status_code == 303
    db.session.expire_all()
    assert (interview.title, interview.deadline_at, interview.reviewers) == ("Renamed", NOON, [])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": ""}, "#prompt"),
        ({"recording_seconds": "5"}, "#recording_seconds"),
        ({"recording_seconds": "two minutes"}, "#recording_seconds"),
        ({"thinking_seconds": "-1"}, "#thinking_seconds"),
        ({"retakes": "1.5"}, "#retakes"),
        ({"language": "nowhere"}, "#language"),
    ],
)
def test_a_question_that_is_not_right_comes_back(client: CheckingClient, change: dict[str, str], field: str) -> None:
    interview = make_interview()
    found = problems(client.submit(f"/manage/interviews/{interview.id}/questions/new", {"prompt": "Why?", **change}))
    assert list(found) == [field]


def test_a_question_is_changed_moved_and_removed(client: CheckingClient) -> None:
    interview = make_interview(state=InterviewState.DRAFT)
    first, second, third = interview.questions
    base = f"/manage/interviews/{interview.id}/questions"
    assert value(client.page(f"{base}/{first.id}"), "#recording_seconds") == "120"
    client.submit(f"{base}/{first.id}", {"prompt": "Pam?", "language": "cy", "recording_seconds": ""})
    client.submit(f"{base}/{first.id}/move", {"direction": "later"})
    assert third.prompt in client.page(f"{base}/{third.id}/remove").get_text()
    client.submit(f"{base}/{third.id}/remove")
    db.session.expire_all()
    assert [question.id for question in interview.questions] == [second.id, first.id]
    assert (first.prompt, first.language, first.recording_seconds) == ("Pam?", "cy", None)
    assert client.submit(f"{base}/{first.id}/move", {"direction": "sideways"}).status_code == 400


def test_a_question_with_takes_is_shown_and_not_changed(client: CheckingClient) -> None:
    interview = make_interview()
    question = interview.questions[0]
    make_take(make_attempt(interview), question, removed_at=NOON)
    base = f"/manage/interviews/{interview.id}"
    assert not client.page(f"{base}/questions/{question.id}").select("main form")
    assert not client.page(base).select(f'a[href="{base}/questions/{question.id}"]')
    assert client.submit(f"{base}/questions/{question.id}", {"prompt": "Other?"}).status_code == 409
    assert client.submit(f"{base}/questions/{question.id}/remove").status_code == 409
    assert db.session.get_one(Question, question.id).prompt == "Question number 1?"


def test_a_candidate_is_invited_and_the_link_is_shown_once(app: Flask, client: CheckingClient) -> None:
    interview = make_interview()
    address = f"/manage/interviews/{interview.id}/invitations/"
    assert "Nobody has been invited yet" in client.page(address).get_text()
    answer = client.submit(f"{address}new", {"name": "Ada", "email": "ada@example.org", "day": "2126-01-01"})
    assert answer.status_code == 201
    link = value(BeautifulSoup(answer.get_data(as_text=True), "html.parser"), "#link")
    token = link.rsplit("/", 1)[1]
    invitation = db.session.query(Invitation).one()
    assert link == f"http://localhost/i/{token}"
    assert invitation.token_hash == hash_token(token)
    assert invitation.expires_at == datetime(2126, 1, 1, 23, 59, tzinfo=UTC)
    assert token not in client.get(address).get_data(as_text=True)
    assert app.test_client().get(f"/i/{token}").status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": ""}, "#name"), ({"email": "ada"}, "#email"), ({"email": ""}, "#email"), ({"day": "2020-01-01"}, "#day")],
)
def test_an_invitation_that_is_not_right_comes_back(client: CheckingClient, change: dict[str, str], field: str) -> None:
    address = f"/manage/interviews/{make_interview().id}/invitations/new"
    assert list(problems(client.submit(address, {"name": "Ada", "email": "ada@example.org", **change}))) == [field]


def test_an_invited_address_is_not_invited_again(client: CheckingClient) -> None:
    invitation, _token = make_invitation()
    address = f"/manage/interviews/{invitation.interview_id}/invitations/new"
    found = problems(client.submit(address, {"name": "Ada", "email": invitation.candidate_email.upper()}))
    assert "Make a new link" in found["#email"]


def test_a_draft_interview_sends_no_invitations(client: CheckingClient) -> None:
    address = f"/manage/interviews/{make_interview(state=InterviewState.DRAFT).id}/invitations/"
    assert not client.page(address).select_one(f'a[href="{address}new"]')
    assert client.submit(f"{address}new", {"name": "Ada", "email": "ada@example.org"}).status_code == 409


def test_the_list_says_where_each_invitation_stands(client: CheckingClient) -> None:
    interview = make_interview()
    for fields in ({}, {"cancelled_at": NOON}, {"expires_at": NOON}):
        make_invitation(interview, **fields)
    for more in ({}, {"submitted_at": NOON, "receipt": "BCDF"}, {"declined_at": NOON}):
        make_attempt(interview, **more)  # type: ignore[arg-type]
    page = client.page(f"/manage/interviews/{interview.id}/invitations/")
    states = {state.get_text(" ", strip=True) for state in page.select(".state")}
    assert states == {
        "Not opened yet", "Cancelled", "Deadline passed", "Started", "Answers sent", "Did not agree to be recorded",
    }  # fmt: skip


def test_a_new_link_ends_the_old_one(app: Flask, client: CheckingClient) -> None:
    invitation, old = make_invitation()
    address = f"/manage/interviews/{invitation.interview_id}/invitations/{invitation.id}/link"
    page = client.submit(address).get_data(as_text=True)
    new = re.search(r"/i/([\w-]{43})\"", page)
    assert new
    assert app.test_client().get(f"/i/{old}").status_code == 404
    assert app.test_client().get(f"/i/{new[1]}").status_code == 200


def test_an_invitation_is_cancelled_after_asking(app: Flask, client: CheckingClient) -> None:
    invitation, token = make_invitation()
    address = f"/manage/interviews/{invitation.interview_id}/invitations/{invitation.id}/cancel"
    assert "This cannot be undone" in client.page(address).get_text()
    assert app.test_client().get(f"/i/{token}").status_code == 200
    assert client.submit(address).status_code == 303
    assert app.test_client().get(f"/i/{token}").status_code == 410


@pytest.mark.parametrize(
    "address",
    [
        "/manage/interviews/{other}",
        "/manage/interviews/{other}/change",
        "/manage/interviews/{other}/invitations/",
        "/manage/interviews/{own}/questions/{other}",
        "/manage/interviews/{other}/questions/new",
    ],
)
def test_missing_objects_are_not_found(client: CheckingClient, address: str) -> None:
    values: dict[str, Any] = {"own": make_interview().id, "other": new_id()}
    assert client.get(address.format(**values)).status_code == 404


def value(page: BeautifulSoup, selector: str) -> str:
    found = page.select_one(selector)
    assert found is not None
    return str(found["value"])

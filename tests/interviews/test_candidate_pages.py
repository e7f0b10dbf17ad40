"""The candidate's preferences, task list and help, without JavaScript. Each page is checked when it is fetched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app.extensions import db
from tests.factories import NOON, enter, make_attempt, make_interview, make_invitation, make_take
from tests.interviews.candidate import answered, words
from tests.page_check import CheckingClient


def test_preferences_are_kept_and_shown_again(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    page = client.page("/interview/preferences")
    assert {box["name"] for box in page.select("input[checked]")} == {"warnings", "captions", "countdown_seconds"}
    chosen = {"hide_timer": "y", "audio_only": "y", "countdown_seconds": "10"}
    assert client.submit("/interview/preferences", chosen).location == "/interview/"
    assert "Your settings are saved." in words(client, "/interview/")
    page = client.page("/interview/preferences")
    assert {box["name"] for box in page.select("input[checked]")} == {"hide_timer", "audio_only", "countdown_seconds"}
    assert page.select_one("input[name=countdown_seconds][checked]")["value"] == "10"  # type: ignore[index]


def test_a_preference_that_does_not_exist_gets_the_form_again(client: CheckingClient) -> None:
    enter(client, make_attempt())
    answer = client.submit("/interview/preferences", {"countdown_seconds": "7"})
    assert answer.status_code == 422
    assert 'href="#countdown_seconds-0"' in answer.get_data(as_text=True)


def test_the_task_list_says_where_each_question_stands(client: CheckingClient) -> None:
    attempt = make_attempt()
    answered(attempt, 0)
    make_take(attempt, attempt.interview.questions[1], stopped_at=NOON, complete_at=NOON, recorded_ms=4000)
    enter(client, attempt)
    page = client.page("/interview/")
    states = [state.get_text(" ", strip=True) for state in page.select(".task-list__state")]
    assert states == ["Answered", "Recorded, not chosen yet", "Not started"]
    assert "1 of 3 answered" in page.main.get_text(" ", strip=True)  # type: ignore[union-attr]


def test_with_a_fixed_order_later_questions_wait_for_those_before(client: CheckingClient) -> None:
    attempt = make_attempt(make_interview(any_order=False))
    enter(client, attempt)
    page = client.page("/interview/")
    links = [link["href"] for link in page.select(".task-list__title a")]
    assert links == [f"/interview/questions/{attempt.interview.questions[0].id}"]


def test_leaving_forgets_the_candidate_in_this_browser_alone(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    assert client.submit("/interview/leave").location == "/interview/left"
    assert "Everything that was saved is kept" in words(client, "/interview/left")
    assert client.get("/interview/").status_code == 401
    db.session.refresh(attempt)
    assert attempt.submitted_at is None


@pytest.mark.parametrize("address", ["/interview/help", "/interview/left"])
def test_help_is_open_to_anyone(client: CheckingClient, address: str) -> None:
    assert client.get(address).status_code == 200


def test_help_is_at_the_same_place_on_every_page(app: Flask, client: CheckingClient) -> None:
    _invitation, token = make_invitation()
    attempt = make_attempt()
    addresses = [f"/i/{token}", "/interview/help", "/interview/left"]
    enter(client, attempt)
    addresses += ["/interview/consent", "/interview/preferences", "/interview/"]
    for address in addresses:
        links = client.page(address).select("header a")
        assert [link["href"] for link in links] == ["/interview/help"], address


def test_every_step_says_in_the_title_and_above_its_heading_which_it_is(client: CheckingClient) -> None:
    pages = [client.page(f"/i/{make_invitation()[1]}")]
    enter(client, make_attempt())
    pages.append(client.page("/interview/"))
    enter(client, make_attempt(submitted_at=NOON, receipt="BCDF-GHJK-MNPQ"))
    pages.append(client.page("/interview/receipt"))
    steps = [f"Step {step} of 3" for step in (1, 2, 3)]
    assert [str(page.title.string).split(":")[0] for page in pages if page.title] == steps
    assert [page.select(".page-header__step")[0].get_text(strip=True) for page in pages] == steps


@pytest.mark.parametrize("address", ["preferences", "device-check", "practice", "consent"])
def test_pages_beside_the_way_lead_back_to_the_list(client: CheckingClient, address: str) -> None:
    enter(client, make_attempt())
    assert client.page(f"/interview/{address}").select('main a[href="/interview/"]')
    listed = [str(link["href"]) for link in client.page("/interview/").select("main a")]
    assert f"/interview/{address}" in listed


def test_the_next_step_comes_first_on_the_list(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)

    def first() -> str:
        page = client.page("/interview/")
        assert [link["href"] for link in page.select(".task-list__title a")] == [
            f"/interview/questions/{question.id}" for question in attempt.interview.questions
        ]
        return page.select("main :is(a, button):not([hidden])")[0].get_text(strip=True)

    for number in (1, 2, 3):
        assert first() == f"Go to question {number}"
        answered(attempt, number - 1)
    assert first() == "Send my answers"
    assert "You cannot change your answers after you send them." in words(client, "/interview/")


def test_accommodations_are_offered_in_sight_at_the_start(client: CheckingClient) -> None:
    enter(client, make_attempt())
    link = client.page("/interview/").select_one('main a[href="/interview/accommodations"]')
    assert link
    assert link.find_parent("details") is None


def test_the_configured_contact_may_be_words(app: Flask, client: CheckingClient, config) -> None:  # type: ignore[no-untyped-def]
    app.config["FAIRTAKE"] = replace(config, contact="Mo at the front desk, 555 0100 <b>")
    page = client.page("/interview/help")
    assert "Mo at the front desk, 555 0100 <b>" in page.main.get_text()  # type: ignore[union-attr]

"""Separation of duties: no member of staff both reviews an interview and sees its accommodations."""

from __future__ import annotations

from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from app.accommodations import services as accommodations
from app.accounts.models import Role, StaffUser
from app.audit import AuditEvent
from app.clock import now
from app.extensions import db
from app.interviews import separation
from app.interviews.models import Attempt, Interview, InterviewReviewer
from app.interviews.separation import CannotReviewError, OwnExceptionError, ReviewsThisInterviewError
from app.sealing import get_sealer
from app.transaction import transaction
from tests.at_once import at_once
from tests.factories import make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient


@pytest.fixture
def both(app: Flask) -> StaffUser:
    """A member of staff who is both coordinator and reviewer."""
    return make_user(Role.COORDINATOR, Role.REVIEWER, name="Bo")


def asked(title: str = "Guide") -> tuple[Attempt, str]:
    """Make a candidate with an open request. Return the attempt and the id of the request."""
    attempt = make_attempt(make_interview(title=title))
    with transaction() as session:
        accommodations.ask(
            session, session.get_one(Attempt, attempt.id), [], "A quiet hour.", sealer=get_sealer(), now=now()
        )
    (request,) = accommodations.requests_of(db.session(), attempt.id)
    return attempt, request.id


def assign(interview_id: str, user: StaffUser) -> None:
    with transaction() as session:
        interview = session.get_one(Interview, interview_id)
        separation.lock_interview(session, interview_id)
        found = session.get_one(StaffUser, user.id)
        separation.require_may_review(session, interview_id, [found])
        interview.reviewers = [found]


def reviewers(interview_id: str) -> list[str]:
    db.session.rollback()
    query = select(InterviewReviewer.user_id).where(InterviewReviewer.interview_id == interview_id)
    return list(db.session.scalars(query))


def form_of(client: CheckingClient, interview_id: str, user_ids: list[str]) -> dict[str, object]:
    page = client.page(f"/manage/interviews/{interview_id}/change")
    fields = {
        str(field["name"]): str(field.get("value", ""))
        for field in page.select("main input[name]:not([type=checkbox])")
    }
    fields |= {str(field["name"]): field.get_text() for field in page.select("main textarea")}
    for select_ in page.select("main select"):
        chosen = select_.select_one("option[selected]") or select_.select_one("option")
        fields[str(select_["name"])] = str(chosen["value"]) if chosen else ""
    return {**fields, "reviewers": user_ids}


def test_reviewer_is_refused_the_requests_of_the_interview(client: CheckingClient, both: StaffUser) -> None:
    attempt, request_id = asked()
    assign(attempt.interview.id, both)
    sign_in(client, both)
    page = client.page("/manage/requests").get_text(" ")
    assert attempt.invitation.candidate_name not in page
    assert "1 more request is not shown" in page
    for address in (f"/manage/requests/{request_id}", f"/manage/invitations/{attempt.invitation_id}/accommodations"):
        refused = client.get(address)
        assert refused.status_code == 403
        assert "You review this interview" in refused.get_data(as_text=True)
        assert client.submit(address, {"decision": "grant", "given": "retakes:1"}).status_code == 403
    assert not accommodations.grants_of(db.session(), attempt.id)


def test_requests_of_other_interviews_stay_open_to_a_reviewer(client: CheckingClient, both: StaffUser) -> None:
    mine, _request = asked("Mine")
    other, request_id = asked("Other")
    assign(mine.interview.id, both)
    sign_in(client, both)
    page = client.page("/manage/requests").get_text(" ")
    assert other.invitation.candidate_name in page
    assert client.get(f"/manage/requests/{request_id}").status_code == 200


@pytest.mark.parametrize("looks_at", ["queue", "request", "candidate"])
def test_user_who_has_seen_a_request_cannot_be_assigned(client: CheckingClient, both: StaffUser, looks_at: str) -> None:
    attempt, request_id = asked()
    interview_id = attempt.interview.id
    sign_in(client, both)
    client.page(
        {
            "queue": "/manage/requests",
            "request": f"/manage/requests/{request_id}",
            "candidate": f"/manage/invitations/{attempt.invitation_id}/accommodations",
        }[looks_at]
    )
    answer = client.submit(f"/manage/interviews/{interview_id}/change", form_of(client, interview_id, [both.id]))
    assert answer.status_code == 422
    assert "These people cannot review this interview: Bo." in answer.get_data(as_text=True)
    assert reviewers(interview_id) == []


def test_compliance_cannot_be_assigned_without_an_exception(app: Flask) -> None:
    user, interview = make_user(Role.COMPLIANCE, Role.REVIEWER), make_interview()
    with pytest.raises(CannotReviewError):
        assign(interview.id, user)


def test_compliance_alone_makes_and_ends_exceptions(client: CheckingClient, both: StaffUser) -> None:
    attempt, request_id = asked()
    interview_id = attempt.interview.id
    address = f"/compliance/interviews/{interview_id}/reviewers/"
    sign_in(client, both)
    assert client.get(address).status_code == 403
    client.page("/manage/requests")
    sign_in(client, make_user(Role.COMPLIANCE))
    assert client.submit(address, {"user": both.id, "reason": ""}).status_code == 422
    assert client.submit(address, {"user": both.id, "reason": "Two people in all."}).status_code == 303
    assert "Two people in all." in client.page(address).get_text()
    assign(interview_id, both)
    sign_in(client, both)
    assert client.get(f"/manage/requests/{request_id}").status_code == 200
    sign_in(client, make_user(Role.COMPLIANCE))
    client.submit(f"{address}{both.id}/end")
    assert reviewers(interview_id) == [], "who has seen accommodations is no longer assigned"
    actions = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action.startswith("review exception")).order_by(AuditEvent.number)
    )
    assert [(event.action, event.details) for event in actions] == [
        ("review exception given", {"reviewer": both.id}),
        ("review exception ended", {"reviewer": both.id}),
    ]
    assert "Bo" in client.page("/compliance/").get_text(" ")


def test_story_of_a_candidate_is_closed_to_their_reviewer(client: CheckingClient, app: Flask) -> None:
    user = make_user(Role.COMPLIANCE, Role.REVIEWER)
    attempt, _request = asked()
    with transaction() as session:
        session.add(InterviewReviewer(interview_id=attempt.interview.id, user_id=user.id))
    sign_in(client, user)
    assert client.get(f"/compliance/people/{attempt.invitation_id}").status_code == 403


def test_only_one_of_simultaneous_assignment_and_view_succeeds(app: Flask, both: StaffUser) -> None:
    attempt, _request = asked()
    interview_id = attempt.interview.id

    def look() -> None:
        with transaction() as session:
            separation.note_access(session, session.get_one(StaffUser, both.id), [interview_id], now=now())

    results = at_once(app, [look, partial(assign, interview_id, both)])
    assert (
        len([result for result in results if isinstance(result, CannotReviewError | ReviewsThisInterviewError)]) == 1
    ), results


def test_reviewer_is_not_given_the_compliance_role_by_command(app: Flask, both: StaffUser) -> None:
    interview = make_interview()
    assign(interview.id, both)
    result = app.test_cli_runner().invoke(
        args=["change-roles", both.email, "--role", "reviewer", "--role", "compliance"]
    )
    assert result.exit_code == 1
    assert "reviews 1 interviews" in result.output


@pytest.mark.parametrize("left", [Role.REVIEWER, Role.ADMINISTRATOR])
def test_user_who_was_in_compliance_cannot_review_interviews_that_had_begun(app: Flask, left: Role) -> None:
    user, attempt, later = make_user(Role.COMPLIANCE), asked()[0], make_interview(title="Later")
    result = app.test_cli_runner().invoke(args=["change-roles", user.email, "--role", str(left)])
    assert result.exit_code == 0, result.output
    with pytest.raises(CannotReviewError):
        assign(attempt.interview.id, user)
    assign(later.id, user)
    assert reviewers(later.id) == [user.id], "nobody had begun it, so there were no accommodations to see"


def test_nobody_makes_an_exception_for_themselves(client: CheckingClient, app: Flask) -> None:
    user, interview = make_user(Role.COMPLIANCE, Role.REVIEWER, name="Cy"), make_interview()
    address = f"/compliance/interviews/{interview.id}/reviewers/"
    sign_in(client, user)
    assert "You cannot make an exception for yourself." in client.page(address).get_text(" ")
    assert client.submit(address, {"user": user.id, "reason": "I need it."}).status_code == 422
    own, found = db.session.get_one(StaffUser, user.id), db.session.get_one(Interview, interview.id)
    with pytest.raises(OwnExceptionError):
        separation.give_exception(db.session(), found, own, "I need it.", by=own, now=now())
    with pytest.raises(CannotReviewError):
        assign(interview.id, user)

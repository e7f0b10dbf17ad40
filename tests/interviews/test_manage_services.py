"""The services for coordinators: interviews, questions and invitations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Role, StaffUser
from app.audit import AuditEvent
from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.extensions import db
from app.ids import hash_token, new_id
from app.interviews import invitation_services as invitations
from app.interviews import manage_services as services
from app.interviews.manage_services import InterviewDetails, QuestionDetails, QuestionInUseError
from app.interviews.models import Interview, InterviewState, Invitation, Question
from app.transaction import transaction
from tests.at_once import at_once
from tests.factories import NOON, make_attempt, make_interview, make_invitation, make_user

QUESTION = QuestionDetails(prompt=" Why? ", thinking_seconds=None, recording_seconds=90, retakes=1)


@pytest.fixture
def coordinator(app: Flask) -> StaffUser:
    return make_user(Role.COORDINATOR)


def details(**fields: object) -> InterviewDetails:
    return InterviewDetails(**{"title": " Guide ", "introduction": "", "deadline_at": None, **fields})  # type: ignore[arg-type]


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.number)))


def test_a_new_interview_is_a_draft_with_the_reviewers_that_may_review(coordinator: StaffUser) -> None:
    reviewer, former = make_user(Role.REVIEWER), make_user(Role.REVIEWER, disabled_at=NOON)
    chosen = [reviewer.id, former.id, coordinator.id, new_id()]
    with transaction() as session:
        interview = services.create_interview(session, details(reviewer_ids=chosen), actor=coordinator, now=NOON)
    assert (interview.title, interview.state) == ("Guide", "draft")
    assert [user.id for user in interview.reviewers] == [reviewer.id]
    assert actions() == ["interview created"]


def test_a_deadline_that_moves_is_kept_with_its_zone(coordinator: StaffUser) -> None:
    interview = make_interview()
    changed = details(deadline_at=NOON, time_zone="Europe/London")
    with transaction() as session:
        services.change_interview(
            session, services.load_interview(session, interview.id), changed, actor=coordinator, now=NOON
        )
    assert (interview.deadline_at, interview.time_zone) == (NOON, "Europe/London")
    assert actions() == ["interview changed"]


def test_an_interview_without_questions_cannot_be_opened(coordinator: StaffUser) -> None:
    interview = make_interview(questions=0, state=InterviewState.DRAFT)
    with pytest.raises(ConflictError), transaction() as session:
        services.open_interview(session, session.get_one(Interview, interview.id), actor=coordinator, now=NOON)
    assert interview.state == "draft"


def test_an_interview_is_opened_closed_and_opened_again(coordinator: StaffUser) -> None:
    interview = make_interview(state=InterviewState.DRAFT)
    for act, state in [
        (services.open_interview, "open"),
        (services.close_interview, "closed"),
        (services.open_interview, "open"),
    ]:
        with transaction() as session:
            act(session, session.get_one(Interview, interview.id), actor=coordinator, now=NOON)
        assert interview.state == state


def test_a_draft_cannot_be_closed(coordinator: StaffUser) -> None:
    interview = make_interview(state=InterviewState.DRAFT)
    with pytest.raises(ConflictError), transaction() as session:
        services.close_interview(session, session.get_one(Interview, interview.id), actor=coordinator, now=NOON)


def test_questions_are_added_at_the_end_and_renumbered_after_a_move(coordinator: StaffUser) -> None:
    interview = make_interview(questions=2)
    with transaction() as session:
        loaded = services.load_interview(session, interview.id)
        added = services.add_question(session, loaded, QUESTION, actor=coordinator, now=NOON)
    assert (added.position, added.prompt, added.thinking_seconds) == (3, "Why?", None)
    with transaction() as session:
        loaded = services.load_question(session, interview.id, added.id)
        services.move_question(session, loaded, -2, actor=coordinator, now=NOON)
    assert prompts(interview) == ["Why?", "Question number 1?", "Question number 2?"]
    with transaction() as session:
        loaded = services.load_question(session, interview.id, added.id)
        services.remove_question(session, loaded, is_in_use=False, actor=coordinator, now=NOON)
    assert prompts(interview) == ["Question number 1?", "Question number 2?"]
    assert [question.position for question in interview.questions] == [1, 2]


def test_a_question_with_takes_is_neither_changed_nor_removed(coordinator: StaffUser) -> None:
    question = make_interview().questions[0]
    with pytest.raises(QuestionInUseError), transaction() as session:
        services.change_question(
            session, session.get_one(Question, question.id), QUESTION, is_in_use=True, actor=coordinator, now=NOON
        )
    with pytest.raises(QuestionInUseError), transaction() as session:
        services.remove_question(
            session, session.get_one(Question, question.id), is_in_use=True, actor=coordinator, now=NOON
        )
    assert question.prompt == "Question number 1?"


def test_the_last_question_of_an_open_interview_stays(coordinator: StaffUser) -> None:
    question = make_interview(questions=1).questions[0]
    with pytest.raises(ConflictError), transaction() as session:
        services.remove_question(
            session, session.get_one(Question, question.id), is_in_use=False, actor=coordinator, now=NOON
        )


def test_objects_of_another_interview_are_not_found(coordinator: StaffUser) -> None:
    one, other = make_interview(), make_interview()
    invitation, _token = make_invitation(other)
    with pytest.raises(NotFoundError):
        services.load_question(db.session(), one.id, other.questions[0].id)
    with pytest.raises(NotFoundError):
        invitations.load_invitation(db.session(), one.id, invitation.id)
    with pytest.raises(NotFoundError):
        services.load_interview(db.session(), new_id())


def test_the_list_counts_invitations_attempts_and_what_was_sent(coordinator: StaffUser) -> None:
    interview = make_interview()
    make_invitation(interview)
    make_invitation(interview, cancelled_at=NOON)
    make_attempt(interview)
    make_attempt(interview, submitted_at=NOON, receipt="AAAA")
    make_interview(created_at=NOON + timedelta(days=1), title="Newer")
    newer, older = services.list_interviews(db.session()).rows
    assert (newer.interview.title, newer.invited.number) == ("Newer", 0)
    assert [count.number for count in (older.invited, older.begun, older.submitted)] == [3, 2, 1]


def test_an_invitation_is_made_with_a_link_of_256_bits(coordinator: StaffUser) -> None:
    invitation, token = invite(coordinator, make_interview(), " Ada@Example.org ")
    assert len(token) == 43
    assert invitation.token_hash == hash_token(token)
    assert invitation.candidate_email == "Ada@example.org"
    assert actions() == ["invitation created"]


@pytest.mark.parametrize("state", [InterviewState.DRAFT, InterviewState.CLOSED])
def test_an_interview_that_is_not_open_invites_no_candidates(coordinator: StaffUser, state: InterviewState) -> None:
    with pytest.raises(ConflictError):
        invite(coordinator, make_interview(state=state), "ada@example.org")


def test_one_address_has_one_invitation_until_it_is_cancelled(coordinator: StaffUser) -> None:
    interview = make_interview()
    invitation, _token = invite(coordinator, interview, "ada@example.org")
    with pytest.raises(invitations.AlreadyInvitedError):
        invite(coordinator, interview, "ADA@example.org")
    act_on(invitations.cancel_invitation, invitation, coordinator)
    assert invite(coordinator, interview, "ada@example.org")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("JÖRG@example.org", "jörg@example.org"),
        ("ana@münchen.de", "ana@xn--mnchen-3ya.de"),
        ("ada@example.org", "\u200bada@example.org\u00a0"),
    ],
)
def test_spellings_of_one_mailbox_are_invited_once(coordinator: StaffUser, first: str, second: str) -> None:
    interview = make_interview()
    invite(coordinator, interview, first)
    with pytest.raises(invitations.AlreadyInvitedError):
        invite(coordinator, interview, second)


def test_simultaneous_invitations_to_one_mailbox_make_one_invitation(app: Flask, coordinator: StaffUser) -> None:
    interview_id, coordinator_id = make_interview().id, coordinator.id
    addresses = ["ada@example.org", "ADA@example.org", "ada@EXAMPLE.org", "Ada@example.org"]

    def invite_in_own_session(address: str) -> object:
        actor, interview = db.session.get_one(StaffUser, coordinator_id), db.session.get_one(Interview, interview_id)
        db.session.expunge_all()
        return invite(actor, interview, address)

    results = at_once(app, [partial(invite_in_own_session, address) for address in addresses])
    refused = [result for result in results if isinstance(result, invitations.AlreadyInvitedError)]
    assert len(refused) == 3, results


def test_invalid_address_is_refused_by_the_service_too(coordinator: StaffUser) -> None:
    with pytest.raises(InvalidInputError):
        invite(coordinator, make_interview(), "ada@example.org\r\nBcc: eve@example.org")


def test_a_new_link_replaces_the_old_one(coordinator: StaffUser) -> None:
    invitation, old = make_invitation()
    new = act_on(invitations.replace_link, invitation, coordinator)
    assert invitation.token_hash == hash_token(str(new)) != hash_token(old)
    assert actions() == ["invitation link replaced"]


def test_an_invitation_that_is_over_gets_no_new_link(coordinator: StaffUser) -> None:
    cancelled, _token = make_invitation(cancelled_at=NOON)
    sent = make_attempt(submitted_at=NOON, receipt="AAAA").invitation
    for invitation in (cancelled, sent):
        with pytest.raises(ConflictError):
            act_on(invitations.replace_link, invitation, coordinator)


def test_an_invitation_cannot_be_cancelled_after_sending_and_is_cancelled_only_once(coordinator: StaffUser) -> None:
    sent = make_attempt(submitted_at=NOON, receipt="AAAA").invitation
    with pytest.raises(ConflictError):
        act_on(invitations.cancel_invitation, sent, coordinator)
    invitation, _token = make_invitation()
    act_on(invitations.cancel_invitation, invitation, coordinator)
    act_on(invitations.cancel_invitation, invitation, coordinator)
    assert actions() == ["invitation cancelled"]


def prompts(interview: Interview) -> list[str]:
    db.session.expire_all()
    return [question.prompt for question in db.session.get_one(Interview, interview.id).questions]


def invite(coordinator: StaffUser, interview: Interview, email: str) -> tuple[Invitation, str]:
    with transaction() as session:
        loaded = session.get_one(Interview, interview.id)
        return invitations.create_invitation(
            session, loaded, name="Ada", email=email, expires_at=None, actor=coordinator, now=NOON
        )


def act_on(act: Callable[..., object], invitation: Invitation, coordinator: StaffUser) -> object:
    with transaction() as session:
        return act(session, session.get_one(Invitation, invitation.id), actor=coordinator, now=NOON)

"""The services for candidates: opening the invitation link, giving consent and sending."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.audit import AuditAction, AuditEvent, verify
from app.errors import ConflictError, NotFoundError, SignInRequiredError
from app.extensions import db
from app.ids import hash_token, new_token
from app.interviews import rules, services
from app.interviews.models import Attempt, InterviewState, Invitation
from app.interviews.services import InvitationClosedError
from app.transaction import transaction
from tests.factories import NOON, make_attempt, make_interview, make_invitation

pytestmark = pytest.mark.usefixtures("app")
HOUR = timedelta(hours=1)


def events(action: AuditAction) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.action == str(action)).order_by(AuditEvent.number)
    return list(db.session.scalars(query))


def exchange(token: str) -> Attempt:
    with transaction() as session:
        return services.exchange_token(session, token, now=NOON)


def test_the_first_exchange_begins_the_attempt_and_the_next_ones_return_to_it() -> None:
    _invitation, token = make_invitation()
    first, second = exchange(token), exchange(token)
    assert first.id == second.id
    assert first.started_at == NOON
    assert db.session.scalar(select(func.count()).select_from(Attempt)) == 1


def test_every_exchange_is_in_the_log_and_no_token_is() -> None:
    invitation, token = make_invitation()
    attempt = exchange(token)
    exchange(token)
    found = events(AuditAction.INVITATION_EXCHANGED)
    assert [(event.actor_kind, event.actor_id) for event in found] == [("candidate", attempt.id)] * 2
    assert {event.subject_id for event in found} == {invitation.id}
    assert all(token not in str(vars(event)) and hash_token(token) not in str(vars(event)) for event in found)
    assert verify(db.session()).is_whole


def test_the_token_is_kept_as_its_hash_alone() -> None:
    invitation, token = make_invitation()
    assert invitation.token_hash == hash_token(token)
    stored = db.session.execute(select(*Invitation.__table__.columns)).one()
    assert token not in stored


def test_an_invented_token_is_not_found_and_begins_nothing() -> None:
    with pytest.raises(NotFoundError):
        exchange(new_token())
    assert events(AuditAction.INVITATION_EXCHANGED) == []


def test_an_invitation_expires_at_the_earlier_of_its_own_time_and_the_deadline() -> None:
    _late, of_late_invitation = make_invitation(make_interview(deadline_at=NOON + HOUR), expires_at=NOON)
    _over, of_past_interview = make_invitation(make_interview(deadline_at=NOON), expires_at=NOON + HOUR)
    _open, of_open = make_invitation(make_interview(deadline_at=NOON + HOUR), expires_at=NOON + HOUR)
    for token in (of_late_invitation, of_past_interview):
        with pytest.raises(InvitationClosedError):
            exchange(token)
    assert exchange(of_open)


def test_a_started_candidate_may_return_after_the_deadline_but_not_record() -> None:
    interview = make_interview(deadline_at=NOON + HOUR)
    invitation, token = make_invitation(interview)
    exchange(token)
    with transaction() as session:
        attempt = services.exchange_token(session, token, now=NOON + 2 * HOUR)
        services.give_consent(session, attempt, now=NOON + 2 * HOUR)
    assert attempt.invitation_id == invitation.id
    assert services.accepts_recording(attempt, NOON)
    assert not services.accepts_recording(attempt, NOON + 2 * HOUR)


@pytest.mark.parametrize("state", [InterviewState.DRAFT, InterviewState.CLOSED])
def test_an_interview_that_is_not_open_cannot_be_begun(state: InterviewState) -> None:
    _invitation, token = make_invitation(make_interview(state=state))
    with pytest.raises(InvitationClosedError):
        exchange(token)


def test_attempt_of_a_cancelled_invitation_cannot_be_loaded() -> None:
    attempt = make_attempt()
    with transaction() as session:
        session.get_one(Invitation, attempt.invitation_id).cancelled_at = NOON
    with pytest.raises(InvitationClosedError) as closed:
        services.load_attempt(db.session(), attempt.id, NOON)
    assert closed.value.status == 410


@pytest.mark.parametrize("attempt_id", [None, "", "a" * 26])
def test_an_attempt_that_is_not_there_asks_for_the_invitation(attempt_id: str | None) -> None:
    with pytest.raises(SignInRequiredError):
        services.load_attempt(db.session(), attempt_id, NOON)


def test_nothing_is_recorded_before_consent() -> None:
    attempt = make_attempt(consent_version=None, consented_at=None)
    assert not services.accepts_recording(attempt, NOON)


def test_consent_is_written_down_once_with_the_version_of_its_text() -> None:
    attempt = make_attempt(consent_version=None, consented_at=None)
    version = rules.consent_version_read("en")
    for hours in (0, 1):
        with transaction() as session:
            services.give_consent(session, session.get_one(Attempt, attempt.id), now=NOON + hours * HOUR)
    assert (attempt.consent_version, attempt.consented_at) == (version, NOON)
    assert [event.details for event in events(AuditAction.CONSENT_GIVEN)] == [{"version": version}]


def test_a_refusal_takes_consent_back_and_can_itself_be_taken_back() -> None:
    attempt = make_attempt()
    with transaction() as session:
        services.refuse_consent(session, session.get_one(Attempt, attempt.id), now=NOON)
    assert (attempt.consent_version, attempt.declined_at) == (None, NOON)
    assert not services.accepts_recording(attempt, NOON)
    with transaction() as session:
        services.give_consent(session, session.get_one(Attempt, attempt.id), now=NOON)
    assert attempt.declined_at is None
    assert services.accepts_recording(attempt, NOON)
    assert len(events(AuditAction.CONSENT_REFUSED)) == len(events(AuditAction.CONSENT_GIVEN)) == 1


def test_preferences_are_kept_beside_each_other_and_not_in_the_log() -> None:
    attempt = make_attempt(preferences={"quality": "360p"})
    with transaction() as session:
        services.save_preferences(session, session.get_one(Attempt, attempt.id), {"hide_timer": True})
    assert attempt.preferences == {"quality": "360p", "hide_timer": True}
    assert verify(db.session()).events == 0


def test_sending_gives_a_reference_that_can_be_read_aloud_and_sending_again_the_same() -> None:
    attempt = make_attempt()
    receipts = []
    for answers in (2, 5):
        with transaction() as session:
            loaded = services.load_attempt(session, attempt.id, NOON, lock=True)
            receipts.append(services.submit_attempt(session, loaded, answers=answers, now=NOON))
    assert receipts[0] == receipts[1] == attempt.receipt
    assert re.fullmatch(r"[2-9B-DF-HJKMNP-TV-Y]{4}(-[2-9B-DF-HJKMNP-TV-Y]{4}){2}", receipts[0])
    assert [event.details for event in events(AuditAction.INTERVIEW_SUBMITTED)] == [
        {"answers": 2, "questions": 3, "deadline": None}
    ]


def test_after_the_deadline_what_was_recorded_can_be_sent() -> None:
    attempt = make_attempt(make_interview(deadline_at=NOON))
    with transaction() as session:
        loaded = services.load_attempt(session, attempt.id, NOON + HOUR, lock=True)
        assert services.submit_attempt(session, loaded, answers=1, now=NOON + HOUR)


@pytest.mark.parametrize(("fields", "answers"), [({}, 0), ({"consent_version": None}, 1)])
def test_nothing_is_sent_without_an_answer_or_without_consent(fields: dict[str, None], answers: int) -> None:
    attempt = make_attempt(**fields)
    with pytest.raises(ConflictError), transaction() as session:
        services.submit_attempt(session, session.get_one(Attempt, attempt.id), answers=answers, now=NOON)
    assert attempt.submitted_at is None


def test_once_sent_the_link_returns_to_the_same_attempt_and_records_nothing_more() -> None:
    invitation, token = make_invitation()
    attempt = exchange(token)
    with transaction() as session:
        loaded = session.get_one(Attempt, attempt.id)
        services.give_consent(session, loaded, now=NOON)
        services.submit_attempt(session, loaded, answers=1, now=NOON)
    assert exchange(token).id == attempt.id
    with pytest.raises(ConflictError), transaction() as session:
        services.refuse_consent(session, session.get_one(Attempt, attempt.id), now=NOON)
    assert not services.accepts_recording(attempt, NOON)
    assert invitation.attempt is not None

"""Candidates can keep accommodations for their later interviews with the same organisation."""

from __future__ import annotations

import pytest

from app.accommodations import carrying, services
from app.accommodations.rules import Given, Kind
from app.extensions import db
from app.interviews.models import Attempt
from app.sealing import get_sealer
from app.transaction import transaction
from tests.factories import NOON, make_attempt

pytestmark = pytest.mark.usefixtures("app")
TWICE, RETAKES = Given(Kind.RECORDING_TIME, 200), Given(Kind.RETAKES, 2)


def ask(attempt: Attempt, *wishes: Given, carry: bool) -> None:
    with transaction() as session:
        mine = session.merge(attempt)
        carrying.set_carrying(session, mine, carry)
        services.ask(session, mine, wishes, "", sealer=get_sealer(), now=NOON)


def begun(like: Attempt) -> Attempt:
    """Begin another interview for the candidate of this attempt, with the same email address."""
    attempt = make_attempt()
    with transaction() as session:
        mine = session.merge(attempt)
        mine.invitation.candidate_email = like.invitation.candidate_email.upper()
        carrying.carry_over(session, mine, now=NOON)
    return attempt


def given(attempt: Attempt) -> set[Given]:
    db.session.rollback()
    return set(services.given_to(db.session(), attempt.id))


def test_accommodations_are_carried_over_if_the_candidate_wants_it() -> None:
    earlier = make_attempt()
    ask(earlier, TWICE, RETAKES, carry=True)
    later = begun(earlier)
    assert given(later) == {TWICE, RETAKES}
    assert {grant.source for grant in services.grants_of(db.session(), later.id)} == {"carried"}


def test_accommodations_are_not_carried_over_otherwise_or_to_other_candidates() -> None:
    not_carried, carried, other = (make_attempt() for _ in range(3))
    ask(not_carried, TWICE, carry=False)
    ask(carried, TWICE, carry=True)
    with transaction() as session:
        carrying.carry_over(session, session.merge(other), now=NOON)
    assert given(begun(not_carried)) == given(other) == set()


def test_withdrawn_wish_to_carry_over_also_applies_to_earlier_interviews() -> None:
    earlier = make_attempt()
    ask(earlier, TWICE, carry=True)
    later = begun(earlier)
    ask(later, carry=False)
    assert given(later) == {TWICE}, "here it stays in force"
    assert given(begun(earlier)) == set()


def test_carried_grant_that_was_given_up_is_not_given_again() -> None:
    earlier = make_attempt()
    ask(earlier, TWICE, carry=True)
    later = begun(earlier)
    with transaction() as session:
        mine = session.merge(later)
        services.give_back(session, mine, services.grants_of(session, mine.id)[0].id, now=NOON)
        carrying.carry_over(session, mine, now=NOON)
    assert given(later) == set()

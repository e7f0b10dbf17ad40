"""The rules of interviews, invitations and attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.interviews import rules
from app.interviews.rules import InvitationState

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
EARLIER = NOON - timedelta(hours=1)
UNTOUCHED = {"cancelled_at": None, "submitted_at": None, "declined_at": None, "started_at": None, "closing": None}


@pytest.mark.parametrize(
    ("deadline", "expiry", "closing"),
    [(None, None, None), (NOON, None, NOON), (None, NOON, NOON), (NOON, LATER, NOON), (LATER, NOON, NOON)],
)
def test_the_earlier_of_deadline_and_expiry_closes(
    deadline: datetime | None, expiry: datetime | None, closing: datetime | None
) -> None:
    assert rules.closes_at(deadline, expiry) == closing


def test_a_moment_is_over_when_it_is_reached_and_never_without_one() -> None:
    assert rules.is_over(NOON, NOON)
    assert not rules.is_over(LATER, NOON)
    assert not rules.is_over(None, NOON)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, InvitationState.WAITING),
        ({"started_at": EARLIER}, InvitationState.BEGUN),
        ({"closing": EARLIER}, InvitationState.EXPIRED),
        ({"started_at": EARLIER, "closing": EARLIER}, InvitationState.EXPIRED),
        ({"started_at": EARLIER, "declined_at": EARLIER, "closing": EARLIER}, InvitationState.DECLINED),
        ({"started_at": EARLIER, "submitted_at": EARLIER, "closing": EARLIER}, InvitationState.SUBMITTED),
        ({"cancelled_at": EARLIER, "started_at": EARLIER, "closing": EARLIER}, InvitationState.CANCELLED),
    ],
)
def test_actions_of_the_candidate_take_precedence_over_the_deadline(
    facts: dict[str, datetime], state: InvitationState
) -> None:
    assert rules.invitation_state(**{**UNTOUCHED, **facts}, now=NOON) is state


def test_an_agreement_to_an_older_text_is_asked_for_again() -> None:
    assert rules.needs_consent(None)
    assert rules.needs_consent("0")
    assert rules.needs_consent("1-ar")
    assert not rules.needs_consent(rules.CONSENT_VERSION)


def test_an_agreement_to_a_text_of_equal_meaning_stays_in_force() -> None:
    assert not rules.needs_consent("2")
    assert not rules.needs_consent("2-ar")


@pytest.mark.parametrize(
    ("submitted", "declined", "version", "step"),
    [
        (True, False, rules.CONSENT_VERSION, "interview.receipt"),
        (False, True, None, "interview.declined"),
        (False, False, None, "interview.consent"),
        (False, False, rules.CONSENT_VERSION, None),
    ],
)
def test_the_first_missing_step_is_named(
    submitted: bool, declined: bool, version: str | None, step: str | None
) -> None:
    assert rules.missing_step(submitted=submitted, declined=declined, consent_version=version) == step


@pytest.mark.parametrize(
    ("limits", "minutes"),
    [
        ([], 5),
        ([(60, 120)], 10),
        ([(60, 120)] * 3, 15),
        ([(0, 300)], 10),
        ([(0, 301)], 15),
        ([(None, None)], 10),
    ],
)
def test_the_length_is_estimated_up_to_the_next_five_minutes(
    limits: list[tuple[int | None, int | None]], minutes: int
) -> None:
    assert rules.estimated_minutes(limits) == minutes


def test_a_preference_holds_until_another_is_chosen_and_strangers_are_kept() -> None:
    assert rules.preferences_in_force({}) == dict(rules.PREFERENCES)
    chosen = rules.preferences_in_force({"hide_timer": True, "quality": "audio"})
    assert chosen["hide_timer"] is True
    assert chosen["captions"] is True
    assert chosen["quality"] == "audio"


@pytest.mark.parametrize(
    ("chosen", "steps", "order"),
    [("a", 1, "bac"), ("c", -1, "acb"), ("a", -1, "abc"), ("c", 1, "abc"), ("a", 2, "bca"), ("b", -9, "bac")],
)
def test_a_question_moves_as_far_as_it_can_go(chosen: str, steps: int, order: str) -> None:
    assert rules.moved(["a", "b", "c"], chosen, steps) == list(order)

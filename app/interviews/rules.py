"""Rules of interviews, invitations and attempts: pure functions over values. Time is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

CONSENT_VERSION = "3"
"""The consent text is `templates/interviews/_consent_<version>.html`; a changed text is a new version."""
CONSENTS_IN_FORCE = ("2", CONSENT_VERSION)
"""Versions of equal meaning: version 3 says in plainer words what version 2 says, so nobody has to agree again."""

PREFERENCES: Mapping[str, bool | int] = {
    "hide_timer": False,
    "warnings": True,
    "vibrate": False,
    "audio_only": False,
    "captions": True,
    "countdown_seconds": 3,
}
"""The candidate's display and timing choices, with their defaults."""

COUNTDOWNS = (3, 5, 10)
"""Choices for the seconds between pressing Start and the recording."""

UNTIMED_SECONDS = 180
"""The estimated seconds of an answer without a limit."""

AROUND_MINUTES = 5
"""Minutes for reading, the device check and checking the answers."""

MAX_TOLD = 4000
"""Maximum characters of the form value that says what has not arrived; the rest is not read."""
MAX_TOLD_DIGITS = 7
"""Maximum digits of a number of seconds in it."""


class InvitationState(StrEnum):
    """The state of an invitation, for the coordinator. The template has the words."""

    CANCELLED = "cancelled"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    BEGUN = "begun"
    EXPIRED = "expired"
    WAITING = "waiting"


def closes_at(deadline_at: datetime | None, expires_at: datetime | None) -> datetime | None:
    """Return when recording ends for an invitation: the earlier of the interview's deadline and its own, or None."""
    times = [time for time in (deadline_at, expires_at) if time is not None]
    return min(times) if times else None


def is_over(closing: datetime | None, now: datetime) -> bool:
    """Whether the time to start has passed."""
    return closing is not None and now >= closing


def invitation_state(
    *,
    cancelled_at: datetime | None,
    submitted_at: datetime | None,
    declined_at: datetime | None,
    started_at: datetime | None,
    closing: datetime | None,
    now: datetime,
) -> InvitationState:
    """Return the state of an invitation. The candidate's actions take precedence over deadlines."""
    if cancelled_at is not None:
        return InvitationState.CANCELLED
    if submitted_at is not None:
        return InvitationState.SUBMITTED
    if declined_at is not None:
        return InvitationState.DECLINED
    if is_over(closing, now):
        return InvitationState.EXPIRED
    return InvitationState.WAITING if started_at is None else InvitationState.BEGUN


def needs_consent(version: str | None) -> bool:
    """Whether the candidate still has to agree to the current text, in any language."""
    return version is None or consent_text(version) not in CONSENTS_IN_FORCE


def consent_text(version: str) -> str:
    """Return which text was agreed to, from what `consent_version_read` stored."""
    return version.split("-", 1)[0]


def consent_version_read(language: str) -> str:
    """Return what is stored about consent: the version of the text and the language it was read in."""
    return f"{CONSENT_VERSION}-{language}"


def missing_step(*, submitted: bool, declined: bool, consent_version: str | None) -> str | None:
    """Return the endpoint of the page that the candidate has to complete before the questions; None: no page."""
    if submitted:
        return "interview.receipt"
    if declined:
        return "interview.declined"
    return "interview.consent" if needs_consent(consent_version) else None


def was_told(told: str, coming: Mapping[int, Sequence[int | None]]) -> bool:
    """Whether a candidate was told at least as much as has not arrived, by the number of the question: seconds, and None
    for what nobody can count.

    `told` is written as `told_of` does; while bytes arrive there is less to come than was told.
    """
    said = [each.partition(":") for each in told[:MAX_TOLD].split()]
    return all(
        any(named == str(number) and _is_covered(amount, seconds) for named, _colon, amount in said)
        for number, amounts in coming.items()
        for seconds in amounts
    )


def told_of(number: int, coming: Sequence[int | None]) -> str:
    """Return what has not arrived of an answer as a form carries it: "1:12 1:?"."""
    return " ".join(f"{number}:{'?' if seconds is None else seconds}" for seconds in coming)


def _is_covered(said: str, seconds: int | None) -> bool:
    if seconds is None:
        return said == "?"
    return said.isascii() and said.isdigit() and len(said) <= MAX_TOLD_DIGITS and int(said) >= seconds


def estimated_minutes(limits: Iterable[tuple[int | None, int | None]]) -> int:
    """Return the estimated minutes of an interview, rounded up to a multiple of five.

    `limits` gives (thinking seconds, recording seconds) of each question; None means untimed.
    """
    seconds = sum((thinking or 0) + (recording or UNTIMED_SECONDS) for thinking, recording in limits)
    minutes = -(-seconds // 60) + AROUND_MINUTES
    return -(-minutes // 5) * 5


def preferences_in_force(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return all preferences: the candidate's choice or the default; unknown keys are kept."""
    return {**PREFERENCES, **stored}


def moved(ids: Sequence[str], chosen: str, steps: int) -> list[str]:
    """Return the ids with one moved towards the end (or, for negative steps, the start), as far as it can go."""
    order = list(ids)
    place = order.index(chosen)
    order.insert(max(0, min(len(order) - 1, place + steps)), order.pop(place))
    return order

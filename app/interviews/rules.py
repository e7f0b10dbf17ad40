"""Rules for interviews, invitations and attempts, as pure functions of values. Times are arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

CONSENT_VERSION = "4"
"""Version of the consent text `templates/interviews/_consent_<version>.html`. A changed text is a new version."""
CONSENTS_IN_FORCE = ("2", "3", CONSENT_VERSION)
"""Consent versions of equal meaning: each says the same in plainer words, so no one has to agree again."""

PREFERENCES: Mapping[str, bool | int | str] = {
    "hide_timer": False,
    "warnings": True,
    "vibrate": False,
    "audio_only": False,
    "captions": True,
    "countdown_seconds": 5,
    "own_words": "",
}
"""The candidate's choices for display, timing and captions, with their defaults."""

BY_PRESS = 0
"""The countdown of candidates who begin the recording with a second press."""
COUNTDOWNS = (3, 5, 10, BY_PRESS)
"""Choices for the seconds between pressing Start and the beginning of the recording."""

UNTIMED_SECONDS = 180
"""Estimated seconds of an answer without a limit."""

AROUND_MINUTES = 5
"""Estimated minutes for reading, the device check and checking the answers."""

MAX_TOLD = 4000
"""Maximum length of the form values `told` and `unanswered`. The remainder of a longer value is ignored."""
MAX_TOLD_DIGITS = 7
"""Maximum number of digits of a number of seconds in `told`."""


class InvitationState(StrEnum):
    """The state of an invitation, for coordinators. The template contains the wording."""

    CANCELLED = "cancelled"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    BEGUN = "begun"
    EXPIRED = "expired"
    WAITING = "waiting"


def closes_at(deadline_at: datetime | None, expires_at: datetime | None) -> datetime | None:
    """Return when recording ends: the earlier of the interview's deadline and the invitation's expiry. None: never."""
    times = [time for time in (deadline_at, expires_at) if time is not None]
    return min(times) if times else None


def is_over(closing: datetime | None, now: datetime) -> bool:
    """Return whether the closing time has passed."""
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
    """Return whether the candidate still has to agree to the current consent text, in any language."""
    return version is None or consent_text(version) not in CONSENTS_IN_FORCE


def consent_text(version: str) -> str:
    """Return the version of the consent text from a stored value (see `consent_version_read`)."""
    return version.split("-", 1)[0]


def consent_version_read(language: str) -> str:
    """Return the value to store for consent: the version of the text, and the language it was read in."""
    return f"{CONSENT_VERSION}-{language}"


def missing_step(*, submitted: bool, declined: bool, consent_version: str | None) -> str | None:
    """Return the endpoint of the page that the candidate must complete before the questions, or None."""
    if submitted:
        return "interview.receipt"
    if declined:
        return "interview.declined"
    return "interview.consent" if needs_consent(consent_version) else None


def was_told(told: str, coming: Mapping[int, Sequence[int | None]]) -> bool:
    """Return whether the candidate was told about everything that has not arrived.

    `coming` maps question numbers to missing seconds, where None is a part of unknown length. `told` has the format of
    `told_of`. Being told about more than is missing is enough, because bytes may have arrived since.
    """
    said = [each.partition(":") for each in told[:MAX_TOLD].split()]
    return all(
        any(named == str(number) and _is_covered(amount, seconds) for named, _colon, amount in said)
        for number, amounts in coming.items()
        for seconds in amounts
    )


def told_of(number: int, coming: Sequence[int | None]) -> str:
    """Format what has not arrived of an answer as a form value, such as "1:12 1:?"."""
    return " ".join(f"{number}:{'?' if seconds is None else seconds}" for seconds in coming)


def _is_covered(said: str, seconds: int | None) -> bool:
    if seconds is None:
        return said == "?"
    return said.isascii() and said.isdigit() and len(said) <= MAX_TOLD_DIGITS and int(said) >= seconds


def accepts_unanswered(said: str, unanswered: Iterable[int]) -> bool:
    """Return whether the candidate was asked about every question that has no answer.

    `said` has the numbers of the questions that the page named, separated by spaces. It may name more questions than are
    unanswered, because some may have been answered since.
    """
    return {str(number) for number in unanswered} <= set(said[:MAX_TOLD].split())


def estimated_minutes(limits: Iterable[tuple[int | None, int | None]]) -> int:
    """Return the estimated minutes of an interview, rounded up to a multiple of five.

    `limits` has (thinking seconds, recording seconds) for each question. None means untimed.
    """
    seconds = sum((thinking or 0) + (recording or UNTIMED_SECONDS) for thinking, recording in limits)
    minutes = -(-seconds // 60) + AROUND_MINUTES
    return -(-minutes // 5) * 5


def preferences_in_force(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return all preferences: the candidate's choices, and defaults for the others. Unknown keys are kept."""
    return {**PREFERENCES, **stored}


def language_chosen(stored: Mapping[str, Any], allowed: Sequence[str]) -> str | None:
    """Return the language that the candidate chose for their answers, or None if none was chosen or it is not allowed."""
    chosen = stored.get("answer_language")
    return chosen if len(allowed) > 1 and chosen in allowed else None


def moved(ids: Sequence[str], chosen: str, steps: int) -> list[str]:
    """Return the ids with `chosen` moved by `steps` places (negative: earlier). It stops at either end."""
    order = list(ids)
    place = order.index(chosen)
    order.insert(max(0, min(len(order) - 1, place + steps)), order.pop(place))
    return order

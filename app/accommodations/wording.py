"""Sentences about accommodations for candidates, coordinators and compliance."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from app.accommodations.models import AccommodationRequest, Grant, RequestState
from app.accommodations.rules import Given, Kind


def given_words(given: Given) -> str:
    """Return an accommodation as a sentence without its full stop."""
    if given.kind == Kind.RECORDING_TIME:
        return _recording_words(given.value)
    if given.kind == Kind.THINKING_TIME:
        return _thinking_words(given.value)
    if given.kind == Kind.RETAKES:
        if given.value is None:
            return _("As many retakes as you need")
        return ngettext("%(num)s more retake for each question", "%(num)s more retakes for each question", given.value)
    if given.kind == Kind.DEADLINE:
        return ngettext("%(num)s more day until the deadline", "%(num)s more days until the deadline", given.value or 0)
    return _("Speaking with a person instead of recording") if given.kind == Kind.HUMAN else _("Something else")


def times_words(percent: int | None) -> str:
    """Return one sentence, without its full stop, for the same change of recording time and thinking time."""
    if percent is None:
        return _("No limit on the recording time or the thinking time")
    return _("%(factor)s times the recording time and the thinking time", factor=_factor(percent))


def saved_words(given: Sequence[Given], asked: Sequence[Given]) -> str:
    """Return the message after saving: what is in force now (`given`), and what was requested (`asked`)."""
    sentences = [_("Saved.")]
    if given:
        sentences.append(_("You now have: %(what)s.", what=_listed(given)))
    if asked:
        sentences.append(_("You asked for: %(what)s. Someone decides and tells you.", what=_listed(asked)))
    return " ".join(sentences)


def _listed(given: Sequence[Given]) -> str:
    return "; ".join(given_words(one) for one in given)


def kind_words(kind: Kind) -> str:
    """Return the name of a kind of accommodation, for labels of choices."""
    return {
        Kind.RECORDING_TIME: _("Recording time"),
        Kind.THINKING_TIME: _("Thinking time"),
        Kind.RETAKES: _("Retakes"),
        Kind.DEADLINE: _("Later deadline"),
        Kind.HUMAN: _("A person instead"),
        Kind.OTHER: _("Something else"),
    }[kind]


def unlimited_words(kind: Kind) -> str:
    """Return the sentence for a kind of accommodation that is not offered because there is no such limit."""
    return {
        Kind.RECORDING_TIME: _("There is no limit on the recording time."),
        Kind.THINKING_TIME: _("There is no limit on the thinking time."),
        Kind.RETAKES: _("Each answer can be recorded again without limit."),
        Kind.DEADLINE: _("There is no deadline."),
    }[kind]


def nothing_to_add_words(kind: Kind) -> str:
    """Return the sentence that explains why no more of a kind of accommodation can be requested or granted."""
    return _("%(fact)s So no change is needed.", fact=unlimited_words(kind))


def state_words(request: AccommodationRequest) -> str:
    """Return the state of a request in words."""
    return {
        RequestState.OPEN: _("Waiting for a decision"),
        RequestState.GRANTED: _("Granted"),
        RequestState.GRANTED_OTHERWISE: _("Something else was granted"),
        RequestState.DECLINED: _("Declined"),
        RequestState.WITHDRAWN: _("Withdrawn"),
    }[RequestState(request.state)]


def line_words(requests: list[AccommodationRequest], grants: list[Grant], *, is_paused: bool) -> str:
    """Return the sentences about accommodations for the candidate's pages, or "" if there are none.

    `is_paused` says whether the candidate's deadline is paused while a request waits for a decision.
    """
    waiting = sum(request.is_open for request in requests)
    declined = sum(request.state == RequestState.DECLINED for request in requests)
    sentences = []
    if waiting and is_paused:
        sentences.append(
            ngettext(
                "%(num)s request is waiting for a decision. Your deadline is paused.",
                "%(num)s requests are waiting for a decision. Your deadline is paused.",
                waiting,
            )
        )
    elif waiting:
        sentences.append(
            ngettext(
                "%(num)s request is waiting for a decision.", "%(num)s requests are waiting for a decision.", waiting
            )
        )
    if declined:
        sentences.append(
            ngettext("%(num)s request was declined: read why.", "%(num)s requests were declined: read why.", declined)
        )
    if grants:
        sentences.append(_("Your accommodations are in force."))
    return " ".join(sentences)


def _recording_words(percent: int | None) -> str:
    if percent is None:
        return _("No limit on the recording time")
    return _("%(factor)s times the recording time", factor=_factor(percent))


def _thinking_words(percent: int | None) -> str:
    if percent is None:
        return _("No limit on the thinking time")
    return _("%(factor)s times the thinking time", factor=_factor(percent))


def _factor(percent: int) -> str:
    return format_decimal(percent / 100)

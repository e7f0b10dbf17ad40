"""Sentences for the events of the audit log, for people who are not developers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.audit import AuditAction, AuditEvent
from app.catalogues import isolated
from app.recording.trim_wording import trim_length_words
from app.recording.wording import recorded_words

SENTENCES: Mapping[AuditAction, LazyString] = {
    AuditAction.SIGNED_IN: _l("%(who)s signed in."),
    AuditAction.SIGN_IN_REFUSED: _l("Someone tried to sign in as %(what)s and was refused."),
    AuditAction.SIGNED_OUT: _l("%(who)s signed out."),
    AuditAction.USER_CREATED: _l("%(who)s created the user %(what)s."),
    AuditAction.ROLES_CHANGED: _l("%(who)s changed the roles of %(what)s."),
    AuditAction.INTERVIEW_CREATED: _l("%(who)s created the interview “%(what)s”."),
    AuditAction.INTERVIEW_CHANGED: _l("%(who)s changed the interview “%(what)s”."),
    AuditAction.INVITATION_CREATED: _l("%(who)s invited %(what)s."),
    AuditAction.INVITATION_LINK_REPLACED: _l("%(who)s created a new invitation link for %(what)s."),
    AuditAction.INVITATION_CANCELLED: _l("%(who)s cancelled the invitation of %(what)s."),
    AuditAction.INVITATION_EXCHANGED: _l("%(who)s opened their interview with the invitation link."),
    AuditAction.CONSENT_GIVEN: _l("%(who)s agreed to be recorded."),
    AuditAction.CONSENT_REFUSED: _l("%(who)s did not agree to be recorded."),
    AuditAction.TAKE_STARTED: _l("%(who)s started a recording."),
    AuditAction.TAKE_CONTINUED: _l("%(who)s continued a recording on another device or page."),
    AuditAction.TAKE_RECOVERED: _l("%(who)s sent the rest of a recording as a new recording."),
    AuditAction.TAKE_STOPPED: _l("%(who)s stopped a recording."),
    AuditAction.TAKE_MEASURED: _l("The length of a recording by %(what)s was measured."),
    AuditAction.RETAKE_OFFERED: _l("%(what)s was offered a retake."),
    AuditAction.RETAKE_USED: _l("%(who)s started a retake."),
    AuditAction.ANSWER_CHOSEN: _l("%(who)s chose the answer to send for a question."),
    AuditAction.TAKE_REMOVED: _l("A recording by %(what)s was removed."),
    AuditAction.TAKE_TRIMMED: _l("%(who)s cut the beginning of a recording, or undid the cut."),
    AuditAction.INTERVIEW_SUBMITTED: _l("%(who)s sent their answers."),
    AuditAction.CAPTIONS_MADE: _l("Captions were made for a recording by %(what)s."),
    AuditAction.CAPTIONS_REQUESTED: _l("%(who)s asked for captions in another language for a recording by %(what)s."),
    AuditAction.CAPTIONS_CORRECTED: _l("%(who)s corrected the captions of a recording by %(what)s."),
    AuditAction.CAPTIONS_UPLOADED: _l("%(who)s uploaded captions for a recording by %(what)s."),
    AuditAction.CAPTIONS_RESTORED: _l(
        "%(who)s restored an earlier version of the captions of a recording by %(what)s."
    ),
    AuditAction.CAPTIONS_CHECKED: _l("%(who)s marked the captions of a recording by %(what)s as checked."),
    AuditAction.ANSWER_VIEWED: _l("%(who)s viewed an answer by %(what)s."),
    AuditAction.ACCOMMODATION_REQUESTED: _l("%(who)s asked for an accommodation."),
    AuditAction.ACCOMMODATION_CHANGED: _l("%(who)s changed a request for an accommodation."),
    AuditAction.ACCOMMODATION_WITHDRAWN: _l("%(who)s withdrew a request for an accommodation."),
    AuditAction.ACCOMMODATION_GRANTED: _l("%(who)s granted an accommodation to %(what)s."),
    AuditAction.ACCOMMODATION_DECLINED: _l("%(who)s declined a request from %(what)s."),
    AuditAction.ACCOMMODATION_ENDED: _l("%(who)s ended an accommodation of %(what)s."),
    AuditAction.ACCOMMODATION_IN_FORCE: _l("The accommodations of %(who)s were in force for a recording."),
    AuditAction.MORE_TIME_TAKEN: _l("%(who)s pressed “More time” while recording."),
    AuditAction.MORE_THINKING_TAKEN: _l("%(who)s pressed “More time to think”."),
    AuditAction.DEADLINE_MOVED: _l("The deadline of %(what)s was moved."),
    AuditAction.REQUEST_READ: _l("%(who)s viewed a request from %(what)s."),
    AuditAction.POLICY_CHANGED: _l("%(who)s changed the accommodation policy of “%(what)s”."),
    AuditAction.REVIEW_EXCEPTION_GIVEN: _l("%(who)s made a reviewer’s exception for “%(what)s”."),
    AuditAction.REVIEW_EXCEPTION_ENDED: _l("%(who)s ended a reviewer’s exception for “%(what)s”."),
    AuditAction.SCORING_CHANGED: _l("%(who)s changed how “%(what)s” is scored."),
    AuditAction.SCORE_HANDED_IN: _l("%(who)s handed in a score for an answer by %(what)s."),
    AuditAction.SCORE_REOPENED: _l("%(who)s reopened a score for an answer by %(what)s."),
    AuditAction.SCORE_HANDED_IN_AGAIN: _l("%(who)s handed in a reopened score again, for an answer by %(what)s."),
    AuditAction.SCORES_EXPORTED: _l("%(who)s exported the scores of “%(what)s”."),
    AuditAction.NOTICE_SENT: _l("An email told %(what)s about a decision."),
    AuditAction.NOTICE_UNCERTAIN: _l(
        "An email about a decision may have reached %(what)s: the mail server did not confirm it."
    ),
    AuditAction.NOTICE_FAILED: _l("An email to %(what)s about a decision could not be sent."),
    AuditAction.LOG_EXPORTED: _l("%(who)s exported the audit log."),
    AuditAction.STORY_EXPORTED: _l("%(who)s exported the record of %(what)s."),
    AuditAction.REPORT_EXPORTED: _l("%(who)s exported the report on “%(what)s”."),
    AuditAction.OWN_DATA_EXPORTED: _l("%(who)s downloaded the data held about %(what)s."),
    AuditAction.HOLD_PLACED: _l("%(who)s placed a legal hold on %(what)s."),
    AuditAction.HOLD_ENDED: _l("%(who)s ended the legal hold on %(what)s."),
    AuditAction.PERSON_ERASED: _l("%(who)s erased all data about %(what)s."),
    AuditAction.ERASURE_FINISHED: _l("The last file about %(what)s was deleted."),
}

BY_CANDIDATE: Mapping[AuditAction, LazyString] = {
    AuditAction.ACCOMMODATION_GRANTED: _l("%(who)s chose an accommodation from the policy."),
    AuditAction.ACCOMMODATION_ENDED: _l("%(who)s removed one of their accommodations."),
}
"""The sentences of events whose actor and subject are the same person."""
LABELS: Mapping[str, LazyString] = {
    "answers": _l("answers"),
    "before": _l("before"),
    "blind": _l("hidden from reviewers"),
    "changed_after_seeing": _l("changed after colleagues’ scores could be seen"),
    "colleagues": _l("colleagues’ scores that could be seen"),
    "deadline": _l("deadline"),
    "deadline_days": _l("extra days until the deadline"),
    "duration_ms": _l("length, as measured"),
    "erasure": _l("certificate"),
    "files": _l("files"),
    "grant": _l("grant"),
    "grants": _l("grants"),
    "hold": _l("hold"),
    "interview": _l("interview"),
    "kind": _l("kind"),
    "left": _l("retakes left"),
    "levels": _l("levels"),
    "model": _l("speech model"),
    "more_time_presses": _l("presses of “More time”"),
    "number": _l("recording number"),
    "of": _l("recovered from"),
    "press": _l("press number"),
    "question": _l("question"),
    "question_number": _l("question"),
    "questions": _l("questions"),
    "recorded_ms": _l("length, as counted while recording"),
    "recording_percent": _l("recording time, in per cent"),
    "recording_seconds": _l("recording limit, in seconds"),
    "request": _l("request"),
    "restored": _l("version restored"),
    "retakes": _l("retakes allowed"),
    "reviewer": _l("reviewer"),
    "roles": _l("roles"),
    "rows": _l("rows"),
    "seconds": _l("seconds"),
    "source": _l("given by"),
    "state": _l("state"),
    "take": _l("recording"),
    "takes": _l("recordings"),
    "thinking_percent": _l("thinking time, in per cent"),
    "thinking_seconds": _l("thinking time, in seconds"),
    "to": _l("to"),
    "trim_ms": _l("cut from the beginning"),
    "tries": _l("tries"),
    "value": _l("value"),
    "version": _l("version"),
    "why": _l("reason"),
}
KNOWN = frozenset(str(action) for action in SENTENCES)
UNLIMITED = frozenset(
    {"left", "recording_percent", "recording_seconds", "retakes", "thinking_percent", "thinking_seconds"}
)
NAMED = frozenset({"interview", "reviewer"})
LENGTHS = frozenset({"duration_ms", "recorded_ms"})
TRIM = "trim_ms"


def sentence(event: AuditEvent, *, who: str, what: str) -> str:
    """Return the sentence of an event. An unknown action, written by another program or version, is shown unchanged."""
    if event.action not in KNOWN:
        return f"{who}: {event.action} ({what})"
    action = AuditAction(event.action)
    words = BY_CANDIDATE.get(action) if event.actor_kind == "candidate" else None
    words = words or SENTENCES[action]
    return str(words) % isolated({"who": who, "what": what})


def facts(details: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the details of an event as (label, value).

    Known ids are replaced by names, such as the title of an interview. A question is shown by its number when the event
    was recorded. Events from before 2026-11-28 do not contain that number.
    """
    shown = [key for key in details if key != "question" or "question_number" not in details]
    values = isolated({key: _value(key, details[key], names) for key in shown})
    return [(str(LABELS.get(key, key)), values[key]) for key in sorted(values)]


def _value(key: str, value: object, names: Mapping[str, str]) -> str:
    if key == TRIM:
        return trim_length_words(value) if isinstance(value, int) and value else _("nothing")
    if key in LENGTHS:
        return recorded_words(value if isinstance(value, int) else None)
    if key == "question" and str(value) in names:
        return _("its number then is not known; it is now %(number)s", number=names[str(value)])
    if key == "take" and value is None:
        return _("none: the answer is written")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return _("no limit") if key in UNLIMITED else _("none")
    return names.get(str(value), str(value)) if key in NAMED else str(value)

"""The closed vocabulary of the audit log: all actions, and the detail keys that each action has.

A new action needs a sentence in `app/compliance/wording.py`. A detail is an opaque id, a number or a constant of the
code.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class AuditAction(StrEnum):
    """All actions that can be logged."""

    SIGNED_IN = "signed in"
    SIGN_IN_REFUSED = "sign-in refused"
    SIGNED_OUT = "signed out"
    USER_CREATED = "user created"
    ROLES_CHANGED = "roles changed"
    INTERVIEW_CREATED = "interview created"
    INTERVIEW_CHANGED = "interview changed"
    INVITATION_CREATED = "invitation created"
    INVITATION_LINK_REPLACED = "invitation link replaced"
    INVITATION_CANCELLED = "invitation cancelled"
    INVITATION_EXCHANGED = "invitation exchanged"
    CONSENT_GIVEN = "consent given"
    CONSENT_REFUSED = "consent refused"
    TAKE_STARTED = "take started"
    TAKE_CONTINUED = "take continued"
    TAKE_RECOVERED = "take recovered"
    TAKE_STOPPED = "take stopped"
    TAKE_MEASURED = "take measured"
    RETAKE_OFFERED = "retake offered"
    RETAKE_USED = "retake used"
    ANSWER_CHOSEN = "answer chosen"
    TAKE_REMOVED = "take removed"
    TAKE_TRIMMED = "take trimmed"
    INTERVIEW_SUBMITTED = "interview submitted"
    CAPTIONS_MADE = "captions made"
    CAPTIONS_REQUESTED = "captions requested"
    CAPTIONS_CORRECTED = "captions corrected"
    CAPTIONS_UPLOADED = "captions uploaded"
    CAPTIONS_RESTORED = "captions restored"
    CAPTIONS_CHECKED = "captions checked"
    ANSWER_VIEWED = "answer viewed"
    ACCOMMODATION_REQUESTED = "accommodation requested"
    ACCOMMODATION_CHANGED = "accommodation request changed"
    ACCOMMODATION_WITHDRAWN = "accommodation request withdrawn"
    ACCOMMODATION_GRANTED = "accommodation granted"
    ACCOMMODATION_DECLINED = "accommodation declined"
    ACCOMMODATION_ENDED = "accommodation ended"
    ACCOMMODATION_IN_FORCE = "accommodation in force"
    MORE_TIME_TAKEN = "more time taken"
    MORE_THINKING_TAKEN = "more time to think taken"
    DEADLINE_MOVED = "deadline moved"
    REQUEST_READ = "request read"
    POLICY_CHANGED = "policy changed"
    REVIEW_EXCEPTION_GIVEN = "review exception given"
    REVIEW_EXCEPTION_ENDED = "review exception ended"
    SCORING_CHANGED = "scoring changed"
    SCORE_HANDED_IN = "score handed in"
    SCORE_REOPENED = "score reopened"
    SCORE_HANDED_IN_AGAIN = "score handed in again"
    SCORES_EXPORTED = "scores exported"
    NOTICE_SENT = "notice sent"
    NOTICE_UNCERTAIN = "notice uncertain"
    NOTICE_FAILED = "notice failed"
    LOG_EXPORTED = "log exported"
    STORY_EXPORTED = "story exported"
    REPORT_EXPORTED = "report exported"
    OWN_DATA_EXPORTED = "own data exported"
    HOLD_PLACED = "hold placed"
    HOLD_ENDED = "hold ended"
    PERSON_ERASED = "person erased"
    ERASURE_FINISHED = "erasure finished"


KEYS: Mapping[AuditAction, frozenset[str]] = {
    AuditAction.SIGNED_IN: frozenset(),
    AuditAction.SIGN_IN_REFUSED: frozenset(),
    AuditAction.SIGNED_OUT: frozenset(),
    AuditAction.USER_CREATED: frozenset({"roles"}),
    AuditAction.ROLES_CHANGED: frozenset({"roles", "before"}),
    AuditAction.INTERVIEW_CREATED: frozenset({"questions"}),
    AuditAction.INTERVIEW_CHANGED: frozenset({"questions", "state"}),
    AuditAction.INVITATION_CREATED: frozenset({"interview"}),
    AuditAction.INVITATION_LINK_REPLACED: frozenset({"interview"}),
    AuditAction.INVITATION_CANCELLED: frozenset({"interview"}),
    AuditAction.INVITATION_EXCHANGED: frozenset({"interview"}),
    AuditAction.CONSENT_GIVEN: frozenset({"version"}),
    AuditAction.CONSENT_REFUSED: frozenset({"version"}),
    AuditAction.TAKE_STARTED: frozenset(
        {"question", "question_number", "number", "recording_seconds", "thinking_seconds", "retakes"}
    ),
    AuditAction.TAKE_CONTINUED: frozenset({"question", "question_number", "number"}),
    AuditAction.TAKE_RECOVERED: frozenset({"question", "question_number", "number", "of"}),
    AuditAction.TAKE_STOPPED: frozenset({"recorded_ms"}),
    AuditAction.TAKE_MEASURED: frozenset({"duration_ms"}),
    AuditAction.RETAKE_OFFERED: frozenset({"question", "question_number", "left"}),
    AuditAction.RETAKE_USED: frozenset({"question", "question_number", "number"}),
    AuditAction.ANSWER_CHOSEN: frozenset({"question", "question_number", "take"}),
    AuditAction.TAKE_REMOVED: frozenset({"number", "why"}),
    AuditAction.TAKE_TRIMMED: frozenset({"number", "trim_ms"}),
    AuditAction.INTERVIEW_SUBMITTED: frozenset({"answers", "questions", "deadline"}),
    AuditAction.CAPTIONS_MADE: frozenset({"version", "model"}),
    AuditAction.CAPTIONS_REQUESTED: frozenset(),
    AuditAction.CAPTIONS_CORRECTED: frozenset({"version"}),
    AuditAction.CAPTIONS_UPLOADED: frozenset({"version"}),
    AuditAction.CAPTIONS_RESTORED: frozenset({"version", "restored"}),
    AuditAction.CAPTIONS_CHECKED: frozenset({"version"}),
    AuditAction.ANSWER_VIEWED: frozenset({"take"}),
    AuditAction.ACCOMMODATION_REQUESTED: frozenset({"kind", "value", "request"}),
    AuditAction.ACCOMMODATION_CHANGED: frozenset({"kind", "value", "request"}),
    AuditAction.ACCOMMODATION_WITHDRAWN: frozenset({"kind", "request"}),
    AuditAction.ACCOMMODATION_GRANTED: frozenset({"kind", "value", "source", "grant", "request"}),
    AuditAction.ACCOMMODATION_DECLINED: frozenset({"kind", "request"}),
    AuditAction.ACCOMMODATION_ENDED: frozenset({"kind", "grant"}),
    AuditAction.ACCOMMODATION_IN_FORCE: frozenset({"question", "question_number", "number", "grants"}),
    AuditAction.MORE_TIME_TAKEN: frozenset({"number", "press", "seconds"}),
    AuditAction.MORE_THINKING_TAKEN: frozenset({"question", "question_number", "press", "seconds"}),
    AuditAction.DEADLINE_MOVED: frozenset({"to"}),
    AuditAction.REQUEST_READ: frozenset({"request"}),
    AuditAction.POLICY_CHANGED: frozenset(
        {"recording_percent", "thinking_percent", "retakes", "deadline_days", "more_time_presses"}
    ),
    AuditAction.REVIEW_EXCEPTION_GIVEN: frozenset({"reviewer"}),
    AuditAction.REVIEW_EXCEPTION_ENDED: frozenset({"reviewer"}),
    AuditAction.SCORING_CHANGED: frozenset({"blind", "levels"}),
    AuditAction.SCORE_HANDED_IN: frozenset({"question", "question_number"}),
    AuditAction.SCORE_REOPENED: frozenset({"question", "question_number", "colleagues"}),
    AuditAction.SCORE_HANDED_IN_AGAIN: frozenset({"question", "question_number", "changed_after_seeing"}),
    AuditAction.SCORES_EXPORTED: frozenset({"rows"}),
    AuditAction.NOTICE_SENT: frozenset({"request", "tries"}),
    AuditAction.NOTICE_UNCERTAIN: frozenset({"request", "tries"}),
    AuditAction.NOTICE_FAILED: frozenset({"request", "tries"}),
    AuditAction.LOG_EXPORTED: frozenset({"rows"}),
    AuditAction.STORY_EXPORTED: frozenset({"rows"}),
    AuditAction.REPORT_EXPORTED: frozenset({"rows"}),
    AuditAction.OWN_DATA_EXPORTED: frozenset({"files"}),
    AuditAction.HOLD_PLACED: frozenset({"hold"}),
    AuditAction.HOLD_ENDED: frozenset({"hold"}),
    AuditAction.PERSON_ERASED: frozenset({"takes", "answers", "erasure"}),
    AuditAction.ERASURE_FINISHED: frozenset({"files"}),
}

"""Sentences on the question page about limits and takes."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from app.accommodations.rules import Limits
from app.interviews.asked import asked_of
from app.interviews.models import Question
from app.media.facts import Refusal
from app.recording.arrival import ArrivalProgress
from app.recording.completion import is_interrupted
from app.recording.models import Take, TakeKind
from app.recording.outcomes import why_unreadable
from app.recording.processing import TakeState, state_of
from app.recording.recorder_reports import total_recorded_ms
from app.recording.shortfall import Shortfall, shortfall_of

NOT_PLAYABLE = (TakeState.RECORDING, TakeState.PREPARING, TakeState.ENCODING, TakeState.MEDIA_FAILED)


def length_words(seconds: int) -> str:
    """Format a length of time, such as "2 minutes 30 seconds"."""
    minutes, rest = divmod(seconds, 60)
    parts = [ngettext("%(num)s minute", "%(num)s minutes", minutes)] if minutes else []
    if rest or not minutes:
        parts.append(ngettext("%(num)s second", "%(num)s seconds", rest))
    return _("%(minutes)s %(seconds)s", minutes=parts[0], seconds=parts[1]) if len(parts) == 2 else parts[0]


def recorded_words(milliseconds: int | None) -> str:
    """Format the length of a recording. None and 0 mean that the length is unknown."""
    if not milliseconds:
        return _("not known")
    return length_words(round(milliseconds / 1000)) if milliseconds >= 500 else _("less than 1 second")


def take_length_words(take: Take) -> str | None:
    """Return the length of a take, measured or as the recorders reported it, or None if it is unknown."""
    if take.media:
        return recorded_words(take.media.duration_ms)
    reported_ms = take.recorded_ms or total_recorded_ms(upload.recorded_ms for upload in take.uploads)
    return recorded_words(reported_ms) if reported_ms else None


def own_file_words(take: Take) -> tuple[object, ...]:
    """Return the words for the file name of a candidate's own take."""
    numbers = {each.question_id: each.number for each in asked_of(take.attempt)}
    return "question", numbers.get(take.question_id, take.question_number), "take", take.number


def limits_words(limits: Limits, standard: Limits, *, thinks_later: bool = True) -> list[str]:
    """Return sentences about the limits on recorded time and thinking time, with the standard if it differs.

    `thinks_later` is false if the thinking time is over, or if the page shows it with the time left.
    """
    if limits.recording_seconds is None:
        words = [_("Record for as long as you need.")]
    else:
        words = [_("Record up to %(length)s. Pauses do not count.", length=length_words(limits.recording_seconds))]
    if standard.recording_seconds and limits.recording_seconds != standard.recording_seconds:
        words.append(_("The standard is %(length)s.", length=length_words(standard.recording_seconds)))
    if limits.thinking_seconds and thinks_later:
        words.append(_("You have %(length)s to think before you record.", length=length_words(limits.thinking_seconds)))
    elif limits.thinking_seconds is None and standard.thinking_seconds and thinks_later:
        words.append(_("You can think for as long as you need before you record."))
    return words


def kept_words(take: Take) -> str:
    """Return the message after a take was chosen as the answer to its question."""
    numbers = {"number": take.number, "question": take.question.position}
    return _("Recording %(number)s is your answer to question %(question)s.", **numbers)


def written_kept_words(question: Question) -> str:
    """Return the message after a written answer was chosen."""
    return _("What you wrote is your answer to question %(question)s.", question=question.position)


def to_send_words(take: Take | None) -> str:
    """Return words for the answer that would be sent: a recording, with its length if it is known, or a text."""
    if take is None:
        return _("Your written answer")
    length = take_length_words(take)
    return (
        _("Recording %(number)s, %(length)s", number=take.number, length=length)
        if length
        else _("Recording %(number)s", number=take.number)
    )


def remaining_takes_words(left: int | None, *, begun: bool) -> str | None:
    """Return a sentence about the takes left, or None if unlimited. `begun` means that there already is a take."""
    if left is None:
        return None
    if left == 0:
        return _("You have used all your recordings of this question.")
    if begun:
        return ngettext(
            "You can record this answer %(num)s more time.", "You can record this answer %(num)s more times.", left
        )
    return ngettext(
        "You can record once.",
        "You can record up to %(num)s times.",
        left,
    )


def take_words(take: Take) -> str:
    """Return the state of a take in words, for the candidate."""
    if is_interrupted(take):
        return _("Interrupted. What has arrived is kept")
    if take.complete_at is None:
        return _("Uploading")
    words = {
        TakeState.PREPARING: _("Being prepared so that you can play it"),
        TakeState.ENCODING: _("The beginning is being cut")
        if take.trim_ms
        else _("Being converted so that it plays in every browser"),
        TakeState.MEDIA_FAILED: _("This recording could not be read, so it is not an answer"),
    }
    return words.get(state_of(take), _ready_words(take))


def _ready_words(take: Take) -> str:
    is_ready = take.media is None or take.media.plays_everywhere
    words = _("Ready to play") if is_ready else _("Kept. It plays in some browsers only")
    lacking = {
        Shortfall.LONGEST_PART_ONLY: _("Only its longest part can be played. The other parts are kept"),
        Shortfall.MISSING: _("Part of it is missing"),
        Shortfall.POSSIBLE: _("Part of it may be missing"),
    }
    found = shortfall_of(take)
    return f"{words}. {lacking[found]}" if found else words


def unreadable_words(take: Take) -> list[str]:
    """Return why a take could not be read, what is safe and what to do, or [] if it could be read."""
    reason = why_unreadable(take)
    if reason is None:
        return []
    return [
        _reason_words(reason),
        _("It does not count as one of your recordings, and it is not an answer."),
        _("Record your answer again, or send another file. You can also answer in writing."),
    ]


def _reason_words(reason: str) -> str:
    too_much = _("It is too large to be read here. Save it with a smaller picture or at a lower quality.")
    return {
        Refusal.EMPTY: _("There is no sound and no picture in it."),
        Refusal.NOT_MEDIA: _("It is not a kind of video or sound file that can be read here."),
        Refusal.CODEC: _("Its picture or sound is stored in a way that cannot be read here."),
        Refusal.TOO_LONG: _("It is much longer than the time for this question."),
        Refusal.DAMAGED: _("It is damaged, or a part of it is missing."),
        Refusal.TOO_LARGE_DIMENSIONS: too_much,
        Refusal.TOO_MANY_STREAMS: too_much,
        Refusal.TOO_COSTLY: too_much,
        Refusal.TIMEOUT: too_much,
        Refusal.MEMORY: too_much,
    }.get(reason, _("Something went wrong on our side while it was read. It is not your fault."))  # type: ignore[call-overload]


def unheard_words(take: Take) -> str | None:
    """Return a message about a take in which no speech was found, or None for a signed take."""
    if take.kind == TakeKind.SIGNED:
        return None
    media = take.media
    if media is not None and not media.has_audio:
        found = _("There is no sound in this recording.")
    elif media is None or media.level_dbfs is None:
        found = _("We heard no sound in this recording, or no speech.")
    elif media.is_silent:
        found = _("We heard no sound in this recording.")
    else:
        found = _("We heard no speech in this recording.")
    if media is not None and media.has_video:
        what_to_do = _(
            "If you signed, it is fine as it is. If you spoke, check your microphone and record again, or answer in"
            " writing."
        )
    else:
        what_to_do = _("Check your microphone and record again, or answer in writing. You can also keep it as it is.")
    return f"{found} {what_to_do}"


def has_more_soon(take: Take) -> bool:
    """Return whether the recording or its captions are being prepared, so that there is more to download soon."""
    state = state_of(take)
    is_captioning = state == TakeState.TRANSCRIBING and take.kind != TakeKind.SIGNED
    return is_captioning or (state in NOT_PLAYABLE and state != TakeState.MEDIA_FAILED)


def coming_words(number: int, coming: ArrivalProgress) -> str:
    """Return a sentence that says how much of an answer has not arrived yet."""
    if coming.is_empty and not coming.missing_ms:
        return _("Question %(number)s: no part of your recording has arrived yet.", number=number)
    if not coming.missing_ms:
        arrived = length_words(coming.arrived_ms // 1000)
        return _("Question %(number)s: %(length)s arrived. The recording was not stopped, so more may be coming.",
                 number=number, length=arrived)  # fmt: skip
    length = length_words(-(-coming.missing_ms // 1000))
    if coming.is_open:
        return _("Question %(number)s: %(length)s has not arrived yet. One part of the recording was not stopped, "
        "so more may be coming.",
                 number=number, length=length)  # fmt: skip
    return _("Question %(number)s: %(length)s has not arrived yet.", number=number, length=length)


def passed_over_words(number: int) -> str:
    """Return a warning that the newest recording has not arrived, so an earlier answer would be sent."""
    return _(
        "Question %(number)s: no part of your newest recording has arrived yet. If you send now, your earlier"
        " answer is sent, and the newest recording is not.",
        number=number,
    )


def is_in_process(take: Take) -> bool:
    """Return whether the state of a take will change by itself."""
    if is_interrupted(take):
        return False
    return state_of(take) in (TakeState.RECORDING, TakeState.PREPARING, TakeState.ENCODING, TakeState.TRANSCRIBING)

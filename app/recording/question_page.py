"""The values for the question page and for its recorder."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask import url_for
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from app.accommodations.standards import standard_of
from app.i18n import language_name
from app.interviews import rules as interview_rules
from app.interviews.forms import WAITS
from app.interviews.models import Attempt, Question
from app.recording import captions_wording, wording
from app.recording.completion import is_choosable, is_interrupted, is_open, living_uploads
from app.recording.models import Media, Stage, Take, TakeKind, Upload
from app.recording.more_time import MoreTime, more_time_of, seconds_in_force
from app.recording.outcomes import is_being_reencoded, percent_of
from app.recording.processing import TakeState, state_of
from app.recording.question_status import QuestionTask, task_list
from app.recording.rules import WARN_AT
from app.recording.sentences import sentences_addresses
from app.recording.take_sign import take_sign
from app.recording.thinking import Thinking
from app.recording.trim_wording import trim_values
from app.recording.upload import tus

KINDS = (TakeKind.VIDEO, TakeKind.AUDIO, TakeKind.SIGNED)
"""The kinds of take that a browser can record."""
QUIET_SECONDS = 3
"""How much longer the recorder waits while the microphone still hears something, such as a screen reader."""
ENDED = (TakeState.CAPTIONED, TakeState.CAPTIONS_FAILED, TakeState.MEDIA_FAILED)
"""The states in which no captions will be made."""


@dataclass(frozen=True, slots=True)
class MadeCaptions:
    """The current captions of a take: their kind (`captions.models.TrackKind`), language, and how far to trust them."""

    kind: str
    language: str
    is_withheld: bool = False
    """The speech model did not understand the recording, so its words are not shown until a person corrects them."""
    needs_care: bool = False


@dataclass(frozen=True, slots=True)
class TakeCaptions:
    """The facts about the captions of a question's takes, for its page.

    `made` maps take ids to their captions. `unheard` has the ids of takes in which no speech was found. `results` are
    the outcomes of requests for new captions, by take id ("" if the page already shows the outcome). `languages` are
    those languages of the question (BCP 47) that the speech model knows.
    """

    made: Mapping[str, MadeCaptions]
    unheard: Collection[str]
    results: Mapping[str, str]
    languages: Collection[str]


def page_values(
    session: Session,
    attempt: Attempt,
    task: QuestionTask,
    *,
    may_record: bool,
    captions: TakeCaptions,
    thinking: Thinking | None,
) -> dict[str, Any]:
    """Return the template context of `recording/question.html`."""
    question = task.question
    recorder = recorder_data(attempt, task, thinking=thinking, may_record=may_record)
    recorder["unfinished"] = _unfinished(session, task.takes)
    recorder["stopped"] = list(task.ended)
    return {
        "question": question,
        "question_count": len(attempt.interview.questions),
        "answer_languages": _answer_languages(attempt, question),
        "uncaptioned": [language_name(tag) for tag in question.answer_languages if tag not in captions.languages],
        "limits_words": wording.limits_words(
            task.limits,
            standard_of(question),
            thinks_later=thinking is None and not task.takes and not task.is_answered,
        ),
        "recorder": recorder,
        "answer_text": task.answer.text if task.answer else None,
        "next_url": _next_address(attempt, question),
        "other_ways_url": url_for("recording.file_page", question_id=question.id),
        "written_url": url_for("recording.written_page", question_id=question.id),
        **takes_values(attempt, task, captions),
    }


def takes_values(attempt: Attempt, task: QuestionTask, captions: TakeCaptions) -> dict[str, Any]:
    """Return the template context of `recording/_takes.html`: the takes, and how many more are allowed."""
    chosen = task.answer.take_id if task.answer else None
    return {
        "question": task.question,
        "takes": [_take_value(take, take.id == chosen, captions) for take in task.takes],
        "shows_captions": interview_rules.preferences_in_force(attempt.preferences)["captions"],
        "retakes_words": wording.remaining_takes_words(task.remaining_takes, begun=bool(task.takes)),
    }


def recorder_data(
    attempt: Attempt, task: QuestionTask | None, *, thinking: Thinking | None = None, may_record: bool = True
) -> dict[str, Any]:
    """Return the settings of the recorder script. Without `task`, they are for practice, and nothing is uploaded."""
    question = task.question if task else None
    preferences = interview_rules.preferences_in_force(attempt.preferences)
    return {
        "owner": attempt.id,
        "question": question.id if question else None,
        "position": question.position if question else None,
        "mode": "answer" if question else "practice",
        "csrf": generate_csrf(),
        "kind": str(TakeKind.AUDIO if preferences["audio_only"] else TakeKind.VIDEO),
        "kinds": [str(kind) for kind in KINDS],
        "countdown_seconds": preferences["countdown_seconds"],
        "waits": [(seconds, str(words)) for seconds, words in WAITS],
        "quiet_seconds": QUIET_SECONDS,
        "hide_timer": preferences["hide_timer"],
        "vibrate": preferences["vibrate"],
        "limits": limits_data(attempt, task.limits.recording_seconds if task else None),
        "thinking": asdict(thinking) if thinking else None,
        "may_record": may_record,
        "can_keep": attempt.submitted_at is None,
        "unfinished": None,
        "stopped": [],
        "urls": _addresses(question) | sentences_addresses(),
    }


def uploads_data(attempt: Attempt, to_send: Sequence[Take]) -> dict[str, Any]:
    """Return the settings of a page without a recorder. Its script uploads recordings that the browser still holds.

    `to_send` are the takes that are answers. After sending, nothing more can be recorded for these takes, and a
    recording that the server cannot add to its own take can only be added to one of them.
    """
    is_sent = attempt.submitted_at is not None
    return {
        "owner": attempt.id,
        "csrf": generate_csrf(),
        "can_keep": [take.id for take in to_send if is_open(take)] if is_sent else True,
        "stopped": [take.id for take in to_send] if is_sent else [],
        "urls": _addresses(None),
    }


def limits_data(attempt: Attempt, recording_seconds: int | None, more_time: MoreTime | None = None) -> dict[str, Any]:
    """Return the limits of a take for its recorder, in seconds. None means unlimited."""
    is_warned = interview_rules.preferences_in_force(attempt.preferences)["warnings"]
    warn_at = WARN_AT if is_warned and recording_seconds is not None else ()
    return {"recording_seconds": recording_seconds, "warn_at": [*warn_at], "more_time": more_time and asdict(more_time)}


def started_data(session: Session, take: Take) -> dict[str, Any]:
    """Return the data that a recorder needs to record a take or to continue one."""
    limits = limits_data(take.attempt, seconds_in_force(session, take), more_time_of(session, take))
    return {"take_id": take.id, "number": take.number, "limits": limits}


def _take_value(take: Take, is_chosen: bool, captions: TakeCaptions) -> dict[str, Any]:
    media, is_unheard = take.media, take.id in captions.unheard
    unheard_words = wording.unheard_words(take) if is_unheard else None
    made = captions.made.get(take.id)
    language = made.language if made else None
    has_captions = media and made and take.may_have_speech and not is_unheard
    is_shown = has_captions and made and not made.is_withheld
    return {
        "id": take.id,
        "number": take.number,
        "kind": take.kind,
        "state_words": wording.take_words(take),
        "sign": take_sign(take),
        "percent": percent_of(take, Stage.ENCODE) if state_of(take) == TakeState.ENCODING else None,
        "unreadable_words": wording.unreadable_words(take),
        "has_video": media is not None and media.has_video,
        "plays_everywhere": media is None or media.plays_everywhere,
        "is_being_reencoded": is_being_reencoded(take),
        "original_urls": original_addresses(media),
        "in_process": wording.is_in_process(take),
        "length_words": wording.take_length_words(take),
        "media_url": url_for("recording.media", take_id=take.id) if media else None,
        "captions_url": url_for("captions.track_file", take_id=take.id) if is_shown else None,
        "correct_url": url_for("captions.own_captions", take_id=take.id) if has_captions else None,
        "help_url": url_for("interview.help_page") if has_captions and not is_shown else None,
        "captions_are_automatic": made is not None and made.kind == "automatic",
        "captions_language": language,
        "captions_words": None if unheard_words or captions.results.get(take.id) else _captions_words(take, made),
        "unheard_words": unheard_words,
        **_language_values(take, language, captions),
        "is_chosen": is_chosen,
        "is_whole": take.is_whole,
        "keep_url": url_for("recording.keep", take_id=take.id) if is_choosable(take) else None,
        **trim_values(take),
    }


def _captions_words(take: Take, made: MadeCaptions | None) -> str | None:
    if made and state_of(take) == TakeState.CAPTIONED and take.kind != TakeKind.SIGNED:
        if made.is_withheld:
            return captions_wording.not_understood_words()
        if made.needs_care:
            return captions_wording.care_words()
    return captions_wording.captions_words(take)


def _answer_languages(attempt: Attempt, question: Question) -> list[tuple[str, str, bool]]:
    """Return the languages that an answer may be in: tag, name, and whether the candidate chose it."""
    allowed = question.answer_languages
    chosen = interview_rules.language_chosen(attempt.preferences, allowed)
    return [(tag, language_name(tag), tag == chosen) for tag in allowed]


def _language_values(take: Take, shown: str | None, captions: TakeCaptions) -> dict[str, Any]:
    """Return the template values for the language of a take's captions, and buttons for the other allowed languages.

    There are no buttons if the speech model knows only one of the allowed languages. `shown` is the language of the
    current captions, which may differ from the requested language.
    """
    if not take.may_have_speech:
        return {"languages": [], "language_words": []}
    state, known = state_of(take), captions.languages
    coming = None if state in ENDED else take.language
    offered = [tag for tag in known if tag not in (shown, coming)] if len(known) > 1 else []
    words = captions_wording.language_words(shown, coming, is_begun=state == TakeState.TRANSCRIBING)
    return {
        "languages": [(tag, captions_wording.language_button(take.number, tag)) for tag in offered],
        "language_words": [*words, *filter(None, [captions.results.get(take.id)])],
        "language_url": url_for("captions.make_own_captions_again", take_id=take.id),
    }


def original_addresses(media: Media | None) -> list[str]:
    """Return the URLs of the original files of a recording that was encoded again."""
    if media is None:
        return []
    return [
        url_for("recording.original", take_id=media.take_id, number=number)
        for number in range(1, len(media.original_keys) + 1)
    ]


def _unfinished(session: Session, takes: Sequence[Take]) -> dict[str, Any] | None:
    newest = next((take for take in reversed(takes) if is_interrupted(take)), None)
    if newest is None:
        return None
    segments = [_segment_data(upload) for upload in living_uploads(newest)]
    return {**started_data(session, newest), "kind": newest.kind, "segments": segments}


def _segment_data(upload: Upload) -> dict[str, Any]:
    return {
        "segment": upload.segment,
        "session": tus.parse_metadata(upload.upload_metadata).get("session"),
        "upload_url": url_for("uploads.offset", upload_id=upload.id),
        "offset": upload.offset,
        "length": upload.length,
        "recorded_ms": upload.recorded_ms,
    }


def _addresses(question: Question | None) -> dict[str, str | None]:
    return {
        "takes": url_for("recording.takes", question_id=question.id) if question else None,
        "take": "/interview/takes/",
        "thinking": url_for("recording.more_thinking", question_id=question.id) if question else None,
        "uploads": url_for("uploads.create"),
        "connection": url_for("recording.connection"),
        "countdown": url_for("recording.choose_countdown"),
    }


def address_after_answering(session: Session, attempt: Attempt, question: Question) -> str:
    """Return the address of the next step after a question was answered: the next question without an answer, or the
    list of questions if there is none. Also return the list if that question has thinking time, because opening the
    question would start it.
    """
    open_tasks = [task for task in task_list(session, attempt) if not task.is_answered]
    later = [task for task in open_tasks if task.question.position > question.position]
    following = next(iter(later or open_tasks), None)
    if following is None or following.limits.thinking_seconds:
        return url_for("interview.task_list")
    return url_for("recording.question_page", question_id=following.question.id)


def _next_address(attempt: Attempt, question: Question) -> str:
    """Return the address of the step after a question: the next question, or the list of questions."""
    later = [other for other in attempt.interview.questions if other.position > question.position]
    if later:
        return url_for("recording.question_page", question_id=later[0].id)
    return url_for("interview.task_list")

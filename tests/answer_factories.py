"""Builders for answers with files and captions, in every state in which a reviewer can see them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from app.captions.models import QuestionMedia, TrackKind
from app.captions.services import add_track
from app.captions.shaping.cues import Cue, Word
from app.interviews.models import Attempt, Question
from app.recording.models import Answer, Media, Stage, StageRun, StageState, Take, TakeKind
from app.review.search.services import index_answers
from app.storage import get_storage
from tests.factories import NOON, make_attempt, make_take
from tests.personal_data import AnswerTexts
from tests.writing import writing


def make_answer(attempt: Attempt | None = None, question: Question | None = None, **fields: Any) -> Answer:
    """Make the answer of a candidate who has sent their answers: a written answer if `text` is given, else an
    unprocessed take.
    """
    attempt = attempt or make_attempt(submitted_at=NOON)
    question = question or attempt.interview.questions[0]
    take = None if "text" in fields else make_take(attempt, question, stopped_at=NOON, complete_at=NOON)
    AnswerTexts.note(fields.get("text") or "")
    answer = Answer(
        attempt_id=attempt.id, question_id=question.id, take_id=take.id if take else None, chosen_at=NOON, **fields
    )
    with writing() as session:
        session.add(answer)
        session.flush()
        index_answers(session, [answer.id])
    return answer


def set_stages(take_id: str, assemble: StageState, transcribe: StageState | None = None) -> None:
    """Set the states of a take's stages `assemble` and `transcribe`."""
    states = {Stage.ASSEMBLE: assemble, Stage.TRANSCRIBE: transcribe}
    with writing() as session:
        for stage, state in states.items():
            if state:
                run = StageRun(take_id=take_id, stage=str(stage), state=str(state), attempts=1, updated_at=NOON)
                session.merge(run)


def add_media(take_id: str, recording: Path | None = None, *, duration_ms: int = 10_000, **fields: Any) -> Media:
    """Give a take its processed file: the given recording, or a few bytes that tests treat as one."""
    content = recording.read_bytes() if recording else b"\x1aE\xdf\xa3 stands for a file"
    key = f"takes/{take_id}/media.webm"
    get_storage().put(key, content)
    described = {"content_type": "video/webm", "has_video": True, "has_audio": True, "width": 640, "height": 360}
    media = Media(
        **{
            "take_id": take_id,
            "key": key,
            "size": len(content),
            "duration_ms": duration_ms,
            "created_at": NOON,
            **described,
            **fields,
        }
    )
    with writing() as session:
        session.add(media)
    return media


def make_captioned_answer(
    *cues: str | Cue,
    attempt: Attempt | None = None,
    question: Question | None = None,
    recording: Path | None = None,
    **track_fields: Any,
) -> Answer:
    """Make a sent answer with automatic captions, one cue every three seconds, in the search index."""
    answer = make_answer(attempt, question)
    assert answer.take_id
    spoken = [cue if isinstance(cue, Cue) else make_cue(cue, 3000 * place) for place, cue in enumerate(cues)]
    AnswerTexts.note(*(cue.text for cue in spoken))
    last = spoken[-1].end_ms if spoken else 1000
    add_media(answer.take_id, recording, duration_ms=last + 500)
    set_stages(answer.take_id, StageState.DONE, StageState.DONE)
    with writing() as session:
        track = add_track(session, answer.take_id, TrackKind.AUTOMATIC, spoken, language="en", now=NOON)
        track.model = "demo"
        for name, value in track_fields.items():
            setattr(track, name, value)
        session.flush()
        index_answers(session, [answer.id])
    return answer


def make_captioned_take(
    attempt: Attempt, *cues: str, recording: Path | None = None, language: str = "en", **fields: Any
) -> Take:
    """Make a take with automatic captions, one cue every three seconds. The candidate has not sent it.

    `fields` are values of the take.
    """
    take = make_take(attempt, stopped_at=NOON, complete_at=NOON, **fields)
    spoken = [make_cue(text, 3000 * place) for place, text in enumerate(cues or ("I led a team", "of four people"))]
    add_media(take.id, recording, duration_ms=spoken[-1].end_ms + 500, has_video=take.kind != TakeKind.AUDIO)
    set_stages(take.id, StageState.DONE, StageState.DONE)
    with writing() as session:
        add_track(session, take.id, TrackKind.AUTOMATIC, spoken, language=language, now=NOON)
    return take


def give_sound_to(question: Question) -> None:
    """Give the question a sound recording with captions."""
    sound, key = Path(__file__).parent / "clips" / "long_answer.webm", f"prompts/{question.id}/x/prompt.webm"
    get_storage().put_file(key, sound)
    captions = "WEBVTT\n\n00:00:00.000 --> 00:00:20.000\nTell us about a night\n"
    with writing() as session:
        session.add(
            QuestionMedia(
                question_id=question.id, key=key, content_type="audio/webm", size=sound.stat().st_size,
                duration_ms=60_000, has_video=False, has_audio=True, captions=captions, made_at=NOON,
            )
        )  # fmt: skip


def make_cue(text: str, start_ms: int = 0, *, unsure: Collection[str] = ()) -> Cue:
    """Return a cue of 2.5 seconds in which all words have the same length. The words in `unsure` have a low
    probability.
    """
    said = text.split()
    step = 2500 // max(1, len(said))
    words = tuple(
        Word(start_ms + place * step, start_ms + (place + 1) * step, word, 0.2 if word in unsure else 0.95)
        for place, word in enumerate(said)
    )
    return Cue(start_ms, start_ms + 2500, text, words)

"""The captions of answers in languages other than the interview's have the language that the model detected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import select

from app import pipeline
from app.accounts.models import Role
from app.captions import services
from app.captions.shaping.cues import Word
from app.captions.speech import transcriber
from app.captions.speech.languages import LanguageGuess
from app.captions.speech.models import find_model
from app.captions.speech.transcriber import Transcript, WhisperTranscriber
from app.config import DEMO_MODEL
from app.extensions import db
from app.recording import processing
from app.recording.models import Answer, Stage, Take
from app.transaction import transaction
from tests.factories import NOON, enter, make_attempt, make_interview, make_uploaded_take, make_user, sign_in
from tests.page_check import CheckingClient

HEARD = {"cy": "Bore da i chi", "pt": "Bom dia a todos"}


class Listener:
    """A fake speech model that detects a different language on each call."""

    def __init__(self) -> None:
        self.languages: Iterator[str] = iter(HEARD)

    def transcribe(self, _sound: object, _meanwhile: object, *, languages: Sequence[str], **_: object) -> Transcript:
        language = next(self.languages)
        assert language in languages
        words = [
            Word(1000 * place, 1000 * place + 800, word, 0.9) for place, word in enumerate(HEARD[language].split())
        ]
        return Transcript(words, language, "another", None)


@pytest.fixture
def answers(app: Flask, client: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> dict[str, Answer]:
    """The answers of one candidate, first in Welsh, then in Portuguese, in an English interview."""
    listener = Listener()
    monkeypatch.setattr(services, "get_transcriber", lambda _config: listener)
    reviewer = make_user(Role.REVIEWER)
    interview = make_interview(reviewers=[reviewer], answer_languages=" ".join(HEARD))
    attempt = make_attempt(interview, submitted_at=NOON)
    takes = [make_uploaded_take(attempt=attempt, question=question) for question in interview.questions[:2]]
    with transaction() as session:
        for take in takes:
            answer = Answer(attempt_id=attempt.id, question_id=take.question_id, take_id=take.id, chosen_at=NOON)
            session.add(answer)
            processing.add_stage(session, take.id, Stage.ASSEMBLE, now=NOON)
    for take in takes:
        for stage in processing.STAGES:
            pipeline.run_stage(str(stage), take.id)
    db.session.rollback()
    sign_in(client, reviewer)
    return {
        language: db.session.scalars(select(Answer).where(Answer.take_id == take.id)).one()
        for language, take in zip(HEARD, takes, strict=True)
    }


@pytest.mark.parametrize("language", list(HEARD))
def test_the_player_the_transcript_the_editor_and_the_file_say_the_language_of_the_answer(
    client: CheckingClient, answers: dict[str, Answer], language: str
) -> None:
    answer = answers[language]
    page = client.page(f"/review/answers/{answer.id}")
    assert page.select_one(f"[srclang={language}], [data-language={language}]")
    assert page.select_one(f".transcript[lang={language}]")
    editor = client.page(f"/review/captions/{answer.take_id}")
    assert editor.select_one(f"textarea[lang={language}]")
    assert f"Language: {language}\n" in client.get(f"/captions/{answer.take_id}.vtt").get_data(as_text=True)


class Whisper:
    """A fake of faster-whisper's result, with a language."""

    model = SimpleNamespace(is_multilingual=True)
    supported_languages = ("en", "jw")

    def detect_language(self, _sound: object) -> tuple[str, float, list[tuple[str, float]]]:
        return "jw", 0.8, [("jw", 0.8), ("en", 0.2)]

    def transcribe(self, _sound: object, *, language: str | None, **_options: Any) -> tuple[list[Any], Any]:
        assert language == "jw"
        word = SimpleNamespace(start=0.2, end=0.6, word=" Sugeng", probability=0.9)
        measured = {"no_speech_prob": 0.0, "avg_logprob": -0.1, "compression_ratio": 1.0, "tokens": [1]}
        segment = SimpleNamespace(words=[word], **measured)
        return [segment], SimpleNamespace(language="jw")


@pytest.fixture
def javanese(monkeypatch: pytest.MonkeyPatch) -> WhisperTranscriber:
    """A transcriber whose model knows Javanese and English, and a sound that consists of speech."""
    description = find_model(str(DEMO_MODEL))
    options = SimpleNamespace(**{name: getattr(description.options, name) for name in description.options.__slots__})
    options.language, options.batched = None, False
    heard = WhisperTranscriber("another", "cpu", "int8")
    heard._loaded = (SimpleNamespace(name="another", notice=None, options=options, understands=None), Whisper())  # type: ignore[assignment]
    monkeypatch.setattr(transcriber, "_speech_spans", lambda _sound, _options: [(0, 16_000)])
    return heard


SPEECH = np.ones(32_000, dtype=np.float32)


def test_whisper_code_for_javanese_becomes_the_standard_tag(javanese: WhisperTranscriber) -> None:
    transcript = javanese.transcribe(SPEECH)
    assert transcript.language == "jv"
    assert transcript.guess == LanguageGuess("jv", 0.8)
    assert [word.text for word in transcript.words] == ["Sugeng"]


@pytest.mark.parametrize(
    ("languages", "compared"), [([], 1), (["jv", "en"], 1), (["jv", "ga"], 1), (["jv"], 0), (["jv", "jv"], 0)]
)
def test_the_sound_is_compared_with_several_languages_only_if_several_are_possible(
    javanese: WhisperTranscriber, monkeypatch: pytest.MonkeyPatch, languages: list[str], compared: int
) -> None:
    calls: list[object] = []
    detect = Whisper.detect_language
    monkeypatch.setattr(Whisper, "detect_language", lambda self, sound: calls.append(sound) or detect(self, sound))
    assert javanese.transcribe(SPEECH, languages=languages).language == "jv"
    assert len(calls) == compared


def test_a_candidates_own_player_names_the_language_that_was_heard(
    client: CheckingClient, answers: dict[str, Answer]
) -> None:
    attempt = make_attempt()
    with transaction() as session:
        take = session.get_one(Take, answers["cy"].take_id)
        session.delete(session.get_one(Answer, answers["cy"].id))
        take.attempt_id, take.question_id = attempt.id, attempt.interview.questions[0].id
    enter(client, attempt)
    page = client.page(f"/interview/questions/{attempt.interview.questions[0].id}")
    assert [track["srclang"] for track in page.select("track")] == ["cy"]

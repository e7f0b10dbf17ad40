"""Whisper base, installed and used as an operator would. All other tests use the demonstration model."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

import av
import numpy as np
import pytest

from app.captions.model_choice import DEFAULT_MODEL, settings_in_use
from app.captions.speech.ahead import HearingAhead
from app.captions.speech.model_list import changed_files, known_models
from app.captions.speech.models import find_model, model_is_present
from app.captions.speech.sound import MemorySound
from app.captions.speech.transcriber import Transcript, get_transcriber
from app.captions.speech.windows import Samples
from app.captions.verdicts import Verdict, verdict_on
from app.config import Config
from tests.captions.heard import Memory

pytestmark = [pytest.mark.realmodel, pytest.mark.database_independent]
CLIPS = Path(__file__).resolve().parent.parent / "clips"
VOICES = Path(__file__).resolve().parents[2].parent / "shared" / "voices"
"""The folder for recordings of people, next to the project. It need not exist."""


@pytest.fixture(scope="module")
def settings() -> Config:
    """The configuration of an installation with default settings."""
    folder = os.environ.get("FAIRTAKE_MODELS_FOLDER", "")
    said = {"FAIRTAKE_SECRET_KEY": "k" * 40, "FAIRTAKE_WHISPER_DEVICE": "cpu", "FAIRTAKE_MODELS_FOLDER": folder}
    config = Config.from_env(said)
    if not model_is_present(DEFAULT_MODEL, Path(config.models_folder)):
        pytest.skip("whisper base is not on this machine: flask --app wsgi model fetch base")
    return settings_in_use(config)


def heard(settings: Config, sound: Samples) -> Transcript:
    return get_transcriber(settings).transcribe(sound)


def samples(file: Path) -> Samples:
    """Return the sound of a file at 16 kHz."""
    resampler = av.AudioResampler("s16", "mono", 16_000)
    with av.open(str(file)) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().ravel() for frame in frames]).astype(np.float32) / 32768


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def test_it_is_what_an_installation_that_chose_nothing_uses_and_every_file_is_right(settings: Config) -> None:
    assert settings.whisper_model == DEFAULT_MODEL
    found = find_model(DEFAULT_MODEL, Path(settings.models_folder))
    assert changed_files(found.folder, known_models()[DEFAULT_MODEL]) == []
    assert found.notice is None


def test_it_understands_most_words_of_a_synthetic_voice(settings: Config) -> None:
    clips = json.loads((CLIPS / "clips.json").read_text())
    said: list[str] = []
    found: list[str] = []
    for name in ("answer_one.wav", "answer_two.wav", "answer_three.wav"):
        transcript = heard(settings, samples(CLIPS / name))
        assert (transcript.language, transcript.model_name, transcript.notice) == ("en", "base", None)
        said += words_of(clips[name]["text"])
        found += words_of(" ".join(word.text for word in transcript.words))
    right = sum(block.size for block in SequenceMatcher(None, said, found, autojunk=False).get_matching_blocks())
    assert right >= 0.7 * len(said), found


def test_silence_gives_no_words(settings: Config) -> None:
    assert heard(settings, samples(CLIPS / "silence.wav")).words == []


def test_it_understands_a_person(settings: Config) -> None:
    if not (VOICES / "en_jfk.flac").is_file():
        pytest.skip(f"there are no recordings of people in {VOICES}")
    transcript = heard(settings, samples(VOICES / "en_jfk.flac"))
    assert words_of(" ".join(word.text for word in transcript.words)) == words_of((VOICES / "en_jfk.txt").read_text())


def voice(name: str) -> Samples:
    """Return a recording of a person, or skip the test if the recording does not exist."""
    file = VOICES / f"{name}.flac"
    if not file.is_file():
        pytest.skip(f"there are no recordings of people in {VOICES}")
    return samples(file)


def said(transcript: Transcript) -> str:
    return " ".join(word.text for word in transcript.words)


def test_english_with_an_accent_is_written_in_english_where_the_interview_is(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = get_transcriber(settings)
    whisper, encoded = model.load()[1], []
    encode = whisper.encode
    monkeypatch.setattr(whisper, "encode", lambda features: encoded.append(features) or encode(features))
    transcript = model.transcribe(voice("nn_21f_0736"), languages=["en"])
    assert len(encoded) == 1
    assert transcript.guess is not None
    assert transcript.guess.language != "en"
    assert transcript.language == "en"
    assert said(transcript).isascii()
    assert len(transcript.words) > 20


@pytest.mark.parametrize(("name", "words"), [("xx_fr_sr", "la dictée"), ("xx_es_mx", "la montaña más alta")])
def test_an_answer_in_another_language_that_is_allowed_is_written_in_it(
    settings: Config, name: str, words: str
) -> None:
    transcript = get_transcriber(settings).transcribe(voice(name), languages=["en", "es-MX", "fr"])
    assert transcript.language == {"xx_fr_sr": "fr", "xx_es_mx": "es-MX"}[name]
    assert words in said(transcript)


@pytest.mark.parametrize("name", ["pause_20s_jfk", "pause_40s_jfk"])
def test_no_word_is_lost_after_a_long_pause(settings: Config, name: str) -> None:
    transcript = get_transcriber(settings).transcribe(voice(name), languages=["en"])
    assert words_of(said(transcript)) == words_of((VOICES / "en_jfk.txt").read_text())


@pytest.mark.parametrize("name", ["no_tones_30s", "no_keyboard_40s", "no_bike", "no_breathing_40s", "no_hiss_60s"])
def test_nothing_is_invented_where_nothing_is_said(settings: Config, name: str) -> None:
    assert get_transcriber(settings).transcribe(voice(name), languages=["en"]).words == []


@pytest.mark.skipif(not VOICES.is_dir(), reason="there are no recordings of people next to the project")
def test_a_clear_voice_is_understood_and_its_sound_backwards_is_not(settings: Config) -> None:
    sound = samples(VOICES / "en_jfk.flac")
    verdicts = []
    for each in (sound, sound[::-1].copy()):
        signals = get_transcriber(settings).transcribe(each, languages=["en"]).signals
        assert signals
        verdicts.append(verdict_on(signals))
    assert verdicts == [Verdict.GOOD, Verdict.NOT_UNDERSTOOD]


@pytest.mark.timeout(1800)  # about 100 s on an idle machine
def test_an_answer_that_is_heard_while_it_is_recorded_has_the_words_and_times_of_the_finished_file(
    settings: Config,
) -> None:
    """The answers differ, because windows in which the model loops are transcribed again at random."""
    quiet = np.zeros(16_000, np.float32)
    answers = [CLIPS.parents[1] / "demo" / "answers" / f"answer-{number}.webm" for number in (1, 2, 3)]
    spoken = [samples(file) for file in (*answers, CLIPS / "long_answer.webm", answers[0])]
    sound = np.concatenate([part for each in spoken for part in (each, quiet)])
    model, memory = get_transcriber(replace(settings, hears_ahead=True)), Memory()
    ahead = HearingAhead(model, ["en"], memory, vocabulary=["Acme Health"])
    for end in range(0, sound.size, 7 * 16_000):
        ahead.grow(MemorySound(sound[:end]))
        while ahead.hear():
            pass
    before = len(memory.kept)
    assert before > 1
    found = model.transcribe(sound, languages=["en"], vocabulary=["Acme Health"], memory=memory)
    assert len(memory.kept) <= before + 2
    assert found == model.transcribe(sound, languages=["en"], vocabulary=["Acme Health"])

"""Whisper base, installed and used as in the product. All other tests use the demonstration model."""

from __future__ import annotations

import json
import os
import re
from difflib import SequenceMatcher
from pathlib import Path

import av
import numpy as np
import pytest

from app.captions.model_choice import DEFAULT_MODEL, settings_in_use
from app.captions.speech.model_list import changed_files, known_models
from app.captions.speech.models import find_model, model_is_present
from app.captions.speech.transcriber import Transcript, get_transcriber
from app.captions.speech.windows import Samples
from app.config import Config

pytestmark = [pytest.mark.realmodel, pytest.mark.database_independent]
CLIPS = Path(__file__).resolve().parent.parent / "clips"
VOICES = Path(__file__).resolve().parents[2].parent / "shared" / "voices"
"""Recordings of people, if someone has put them next to the project."""


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


def test_it_invents_nothing_in_silence(settings: Config) -> None:
    assert heard(settings, samples(CLIPS / "silence.wav")).words == []


def test_it_understands_a_person(settings: Config) -> None:
    if not (VOICES / "en_jfk.flac").is_file():
        pytest.skip(f"there are no recordings of people in {VOICES}")
    transcript = heard(settings, samples(VOICES / "en_jfk.flac"))
    assert words_of(" ".join(word.text for word in transcript.words)) == words_of((VOICES / "en_jfk.txt").read_text())

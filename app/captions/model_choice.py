"""The speech model that this installation uses: its name, folder, licence and hash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from app.captions.speech.fetching import is_being_fetched
from app.captions.speech.model_list import sha256_of
from app.captions.speech.models import SpeechModelMissingError, expected_languages, find_model, model_is_present
from app.config import AUTO_MODEL, DEMO_MODEL, Config

DEFAULT_MODEL = "base"
"""The model for "auto". Whisper base understands many languages and runs on two cores."""
STAND_IN_WARNING = (
    "!!! The small demonstration model is in use. IT DOES NOT UNDERSTAND PEOPLE, only a synthetic voice: its captions are not "
    "what was said."
)


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """The speech model that makes captions now. `sha256` is the hash of its model.bin."""

    name: str
    folder: Path
    understands: str | None
    licence: str | None
    sha256: str
    notice: str | None


def settings_in_use(config: Config) -> Config:
    """Return the configuration with "auto" replaced by the name of the model that is used now.

    This is Whisper base if it is installed or being downloaded (answers then wait for it), otherwise the demonstration
    model.
    """
    if config.whisper_model != AUTO_MODEL:
        return config
    folder = Path(config.models_folder)
    is_base = model_is_present(DEFAULT_MODEL, folder) or is_being_fetched(folder, DEFAULT_MODEL)
    return replace(config, whisper_model=DEFAULT_MODEL if is_base else str(DEMO_MODEL))


def is_stand_in(config: Config) -> bool:
    """Return whether the demonstration model is used because the real model is not installed."""
    return config.whisper_model == AUTO_MODEL and settings_in_use(config).whisper_model == str(DEMO_MODEL)


def model_in_use(config: Config) -> ModelInUse | None:
    """Return the description of the model that is used now, or None if the model is not installed."""
    settings = settings_in_use(config)
    try:
        found = find_model(settings.whisper_model, Path(settings.models_folder))
    except SpeechModelMissingError:
        return None
    weights = found.folder / "model.bin"
    state = weights.stat()
    digest = _sha256(weights, state.st_size, state.st_mtime_ns)
    return ModelInUse(found.name, found.folder, found.understands, found.licence, digest, found.notice)


def languages_in_use(config: Config) -> frozenset[str]:
    """Return Whisper's names for the languages that the model in use can transcribe, without loading it."""
    settings = settings_in_use(config)
    try:
        return find_model(settings.whisper_model, Path(settings.models_folder)).languages
    except SpeechModelMissingError:
        return expected_languages(settings.whisper_model)


@lru_cache(maxsize=8)
def _sha256(path: Path, _size: int, _changed_at: int) -> str:
    """Return the SHA-256 of a file. It is cached for each size and modification time, because a model may have 3 GB."""
    return sha256_of(path)

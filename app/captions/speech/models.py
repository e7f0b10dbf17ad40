"""The speech models on this machine: finding, describing and installing them.

A model is named by its size ("base" in the models folder, "small" in the Hugging Face cache) or by a folder. Only
`fetch_model` uses the network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Protocol

from flask_babel import lazy_gettext as _l

from app.captions.speech.download import ModelDownloadError, download
from app.captions.speech.fetching import ProgressReport, fetch_known
from app.captions.speech.model_languages import ENGLISH_ONLY, EVERY_LANGUAGE, VOCABULARIES, languages_in
from app.captions.speech.model_list import known_models

__all__ = [
    "ModelDownloadError",
    "ModelOptions",
    "ProgressReport",
    "SpeechModel",
    "SpeechModelMissingError",
    "expected_languages",
    "fetch_model",
    "find_model",
    "model_is_present",
    "unusable",
]

DESCRIPTION = "fairtake.json"
NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""If tokenizer.json were missing, faster-whisper would download one."""
MANY_LANGUAGES, ENGLISH, SYNTHETIC_VOICES = "many languages", "English", "synthetic voices"
"""The usual descriptions of what a model understands. The file fairtake.json in its folder can override them."""
WANTED = [*NEEDED, "preprocessor_config.json", "vocabulary.*"]

_SIZES = ("tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en")
_LARGE = ("large-v1", "large-v2", "large-v3")
REPOSITORIES = {
    **{size: f"Systran/faster-whisper-{size}" for size in (*_SIZES, *_LARGE)},
    "large": "Systran/faster-whisper-large-v3",
    **{
        f"distil-{size}": f"Systran/faster-distil-whisper-{size}"
        for size in ("large-v2", "medium.en", "small.en", "large-v3")
    },
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
}
"""faster-whisper's model names (a test compares them), repeated here because importing faster-whisper is slow."""

_FETCH = _l(
    "Run “flask --app wsgi model fetch” once on this machine, with a network connection. Or set "
    "FAIRTAKE_WHISPER_MODEL to a folder that contains a model."
)
_FOLDER = _l(
    "Put all files of a CTranslate2 Whisper model into it. Or set FAIRTAKE_WHISPER_MODEL to another "
    "folder, or to a size such as “small”."
)


class SpeechModelMissingError(Exception):
    """No speech model can be used. `problem` says why and `how_to_get` says what to do, both for staff."""

    def __init__(self, problem: Any, how_to_get: Any):
        self.problem = problem
        self.how_to_get = how_to_get
        super().__init__(problem, how_to_get)

    def __str__(self) -> str:
        return f"{self.problem} {self.how_to_get}"


AHEAD_BATCH = 2
"""Windows in a group where answers are heard while they are recorded. Larger groups leave more to hear after Stop."""


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How a model is run. "options" in the folder's fairtake.json overrides these defaults."""

    batched: bool = True
    """If true, several windows are transcribed at once. Otherwise one at a time: slower, but with less memory."""
    batch_size: int = 4
    chunk_length: int = 30
    """Length of a window in seconds, at most 30."""
    without_timestamps: bool = True
    condition_on_previous_text: bool = False
    """If true, the model tends to loop. Transcribing in windows does not need this option."""
    beam_size: int = 5
    language: str | None = None
    """Spoken language. None: detected for each recording, if the model knows several."""
    initial_prompt: str | None = None
    hotwords: str | None = None
    compression_ratio_threshold: float = 2.4
    """A text with a higher compression ratio is a loop, so its window is transcribed again (Whisper's default)."""


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """An installed model. `notice` must be shown wherever its captions are shown."""

    folder: Path
    name: str
    notice: str | None = None
    options: ModelOptions = field(default_factory=ModelOptions)
    understands: str | None = None
    """Languages or voices that the model understands, from its description. None if unknown."""
    licence: str | None = None
    languages: frozenset[str] = EVERY_LANGUAGE
    """Whisper's names for the languages that it can transcribe."""

    def in_small_groups(self) -> SpeechModel:
        """Return the model with options that transcribe at most AHEAD_BATCH windows at once."""
        batch_size = min(self.options.batch_size, AHEAD_BATCH)
        return replace(self, options=replace(self.options, batch_size=batch_size))


class SpeechSettings(Protocol):
    """The part of the configuration that selects a speech model."""

    @property
    def whisper_model(self) -> str: ...
    @property
    def models_folder(self) -> str: ...
    @property
    def whisper_device(self) -> str: ...
    @property
    def whisper_compute_type(self) -> str: ...
    @property
    def whisper_threads(self) -> int: ...
    @property
    def hears_ahead(self) -> bool: ...


def find_model(name: str, models_folder: Path | None = None) -> SpeechModel:
    """Return the model for a size, a repository or a folder. Never uses the network.

    A name is looked up in `models_folder`, then in the Hugging Face cache. Raises SpeechModelMissingError if there is
    no complete model.
    """
    repository = _repository(name)
    folder = _folder_of(name, repository, models_folder) if repository else Path(name).expanduser()
    if folder is None:
        raise SpeechModelMissingError(_l("The speech model “%(name)s” is not on this machine.", name=name), _FETCH)
    if not folder.is_dir():
        raise SpeechModelMissingError(_l("There is no folder %(folder)s.", folder=folder), _FOLDER)
    missing = [needed for needed in NEEDED if not _is_filled(folder / needed)]
    if not any(_is_filled(folder / vocabulary) for vocabulary in VOCABULARIES):
        missing.append(VOCABULARIES[0])
    if missing:
        problem = _l("The speech model in %(folder)s lacks %(files)s.", folder=folder, files=", ".join(missing))
        raise SpeechModelMissingError(problem, _FETCH if repository else _FOLDER)
    return _described(folder, name if repository else folder.name, _what_is_known(name) if repository else {})


def expected_languages(name: str) -> frozenset[str]:
    """Return Whisper's names for the languages of a model that is not installed, as far as its name reveals them."""
    return ENGLISH_ONLY if _what_is_known(name).get("understands") == ENGLISH else EVERY_LANGUAGE


def model_is_present(name: str, models_folder: Path | None = None) -> bool:
    """Return whether `find_model` finds the model."""
    try:
        find_model(name, models_folder)
    except SpeechModelMissingError:
        return False
    return True


def fetch_model(name: str, models_folder: Path, report: ProgressReport, *, given: Path | None = None) -> bool:
    """Download and install a model. Returns False if it is already installed.

    A model of the list is installed in `models_folder` and its files are verified by SHA-256; `given` is a folder or an
    archive to take it from. Other models go to the Hugging Face cache. Raises ModelDownloadError (an OSError) if the
    installation fails.
    """
    repository = _repository(name)
    if repository is None:
        raise ModelDownloadError(f"{name} is not the name of a model that can be fetched")
    if known := known_models().get(name):
        return fetch_known(known, models_folder, report, given=given)
    if given:
        raise ModelDownloadError(f"the files of {name} are not known. Set FAIRTAKE_WHISPER_MODEL to their folder")
    if model_is_present(name):
        return False
    report.say(f"Fetching {name} from the model hub.")
    download(repository, WANTED, report.progress)
    return True


def unusable(model: SpeechModel, problem: Exception) -> SpeechModelMissingError:
    """Return the error for an installed model that cannot be loaded.

    The cause is a damaged file or an unsuitable setting.
    """
    reason = (str(problem).splitlines() or [type(problem).__name__])[0]
    return SpeechModelMissingError(
        _l("The speech model in %(folder)s cannot be loaded: %(reason)s.", folder=model.folder, reason=reason),
        _l("Fetch it again, or check FAIRTAKE_WHISPER_DEVICE and FAIRTAKE_WHISPER_COMPUTE_TYPE."),
    )


def _repository(name: str) -> str | None:
    """Return the repository that a name stands for, or None for a folder. An existing folder takes precedence."""
    if Path(name).expanduser().is_dir():
        return None
    if re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", name, re.ASCII):
        return name
    return REPOSITORIES.get(name)


def _folder_of(name: str, repository: str, models_folder: Path | None) -> Path | None:
    if models_folder and name in known_models() and (models_folder / name).is_dir():
        return models_folder / name
    return _cached_folder(repository)


def _cached_folder(repository: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, "model.bin")
    return Path(found).parent if isinstance(found, str) else None


def _is_filled(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _what_is_known(name: str) -> Mapping[str, Any]:
    """Return the languages and the licence of a model on the hub, as far as its name reveals them."""
    if known := known_models().get(name):
        return {"understands": known.understands, "licence": known.licence}
    if name not in REPOSITORIES:
        return {}
    is_english = name.endswith(".en") or name.startswith("distil-")
    return {"understands": ENGLISH if is_english else MANY_LANGUAGES, "licence": "MIT"}


def _described(folder: Path, name: str, facts: Mapping[str, Any]) -> SpeechModel:
    file = folder / DESCRIPTION
    if not file.is_file():
        return SpeechModel(folder, name, languages=languages_in(folder, None), **facts)
    try:
        said = json.loads(file.read_text("utf-8"))
        known = {option.name for option in fields(ModelOptions)}
        unknown = sorted(set(said.get("options", {})) - known)
        if unknown:
            raise ValueError(f"unknown options: {', '.join(unknown)}")
        facts = {**facts} | {fact: said[fact] for fact in ("understands", "licence") if fact in said}
        options = ModelOptions(**said.get("options", {}))
        languages = languages_in(folder, options.language)
        return SpeechModel(folder, said.get("name", name), said.get("notice"), options, languages=languages, **facts)
    except (ValueError, AttributeError, TypeError) as problem:
        message = _l("%(file)s cannot be read: %(problem)s.", file=file, problem=problem)
        raise SpeechModelMissingError(message, _FOLDER) from None

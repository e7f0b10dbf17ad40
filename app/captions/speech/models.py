"""Speech models on this machine: which there are, what each asks for, and how to get one.

A model is named by its size ("base", in the folder for models; "small", in the Hugging Face cache) or by a folder. Looking
for one never touches the network; `fetch_model` does nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from app.captions.speech.download import ModelDownloadError, download
from app.captions.speech.fetching import Report, fetch_known
from app.captions.speech.model_list import known_models

__all__ = [
    "ModelDownloadError",
    "ModelOptions",
    "Report",
    "SpeechModel",
    "SpeechModelMissingError",
    "fetch_model",
    "find_model",
    "model_is_present",
    "unusable",
]

DESCRIPTION = "fairtake.json"
NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""Without tokenizer.json, faster-whisper would ask the network for one."""
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
MANY_LANGUAGES, ENGLISH, SYNTHETIC_VOICES = "many languages", "English", "synthetic voices"
"""Whom a model understands. A folder's fairtake.json may say something else."""
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
"""faster-whisper's names (a test compares), here so that looking for a model does not load all of faster-whisper."""

_FETCH = _l(
    "Run “flask --app wsgi model fetch” once on this machine, with a network. Or set FAIRTAKE_WHISPER_MODEL to a folder "
    "that holds a model."
)
_FOLDER = _l(
    "Put a Whisper model converted for CTranslate2 into it (model.bin, config.json, tokenizer.json, vocabulary), or set "
    "FAIRTAKE_WHISPER_MODEL to another folder or to a size such as “small”."
)


class SpeechModelMissingError(Exception):
    """There is no model to transcribe with: `problem` says what is wrong, `how_to_get` what to do. Both are for staff."""

    def __init__(self, problem: Any, how_to_get: Any):
        self.problem = problem
        self.how_to_get = how_to_get
        super().__init__(problem, how_to_get)

    def __str__(self) -> str:
        return f"{self.problem} {self.how_to_get}"


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How a model is used; a folder's fairtake.json may ask for otherwise under "options"."""

    batched: bool = True
    """Several windows at once. Otherwise one after the other, each with faster-whisper's retries: slower, less memory."""
    batch_size: int = 4
    chunk_length: int = 30
    """Seconds that the model hears at a time, 30 at most."""
    without_timestamps: bool = True
    condition_on_previous_text: bool = False
    """On, the model drifts into loops; and windows are not in need of it."""
    beam_size: int = 5
    language: str | None = None
    """What is spoken; None: found out for each recording, where the model knows several."""
    initial_prompt: str | None = None
    hotwords: str | None = None
    compression_ratio_threshold: float = 2.4
    """Text that compresses better than this is a loop, and its window is heard again (Whisper's own bar)."""


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A model on this machine. `notice` must be said wherever its captions are shown."""

    folder: Path
    name: str
    notice: str | None = None
    options: ModelOptions = field(default_factory=ModelOptions)
    understands: str | None = None
    """Whom it understands, as its description says; None where nothing is known."""
    licence: str | None = None


def find_model(name: str, models_folder: Path | None = None) -> SpeechModel:
    """Return the model for a size name, a repository or a folder. Raises SpeechModelMissingError; never uses the network.

    A name is looked for in `models_folder` first, where fetched models of the list are, then in the Hugging Face cache.
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


def model_is_present(name: str, models_folder: Path | None = None) -> bool:
    """Whether `find_model` would find it: a few looks at the file system."""
    try:
        find_model(name, models_folder)
    except SpeechModelMissingError:
        return False
    return True


def fetch_model(name: str, models_folder: Path, report: Report, *, given: Path | None = None) -> bool:
    """Fetch a named model, unless it is here already (False then).

    A model of the list goes into `models_folder`, every file proved by its SHA-256; another one goes into the Hugging Face
    cache. `given` is a folder or an archive to take a model of the list from. Raises ModelDownloadError (an OSError).
    """
    repository = _repository(name)
    if repository is None:
        raise ModelDownloadError(f"{name} is not the name of a model that can be fetched")
    if known := known_models().get(name):
        return fetch_known(known, models_folder, report, given=given)
    if given:
        raise ModelDownloadError(f"the files of {name} are not known here; name their folder in FAIRTAKE_WHISPER_MODEL")
    if model_is_present(name):
        return False
    report.say(f"Fetching {name} from the model hub.")
    download(repository, WANTED, report.progress)
    return True


def unusable(model: SpeechModel, problem: Exception) -> SpeechModelMissingError:
    """Return the error for a model that is here and cannot be loaded: a damaged file, or a setting it cannot run with."""
    reason = (str(problem).splitlines() or [type(problem).__name__])[0]
    return SpeechModelMissingError(
        _l("The speech model in %(folder)s cannot be loaded: %(reason)s.", folder=model.folder, reason=reason),
        _l("Fetch it again, or look at FAIRTAKE_WHISPER_DEVICE and FAIRTAKE_WHISPER_COMPUTE_TYPE."),
    )


def _repository(name: str) -> str | None:
    """The repository that a name means, None for a folder. A folder that exists is a folder, whatever its name."""
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
    """Return whom a model from the hub understands and its licence, as far as its name says it."""
    if known := known_models().get(name):
        return {"understands": known.understands, "licence": known.licence}
    if name not in REPOSITORIES:
        return {}
    is_english = name.endswith(".en") or name.startswith("distil-")
    return {"understands": ENGLISH if is_english else MANY_LANGUAGES, "licence": "MIT"}


def _described(folder: Path, name: str, facts: Mapping[str, Any]) -> SpeechModel:
    file = folder / DESCRIPTION
    if not file.is_file():
        return SpeechModel(folder, name, **facts)
    try:
        said = json.loads(file.read_text("utf-8"))
        known = {option.name for option in fields(ModelOptions)}
        unknown = sorted(set(said.get("options", {})) - known)
        if unknown:
            raise ValueError(f"unknown options: {', '.join(unknown)}")
        facts = {**facts} | {fact: said[fact] for fact in ("understands", "licence") if fact in said}
        options = ModelOptions(**said.get("options", {}))
        return SpeechModel(folder, said.get("name", name), said.get("notice"), options, **facts)
    except (ValueError, AttributeError, TypeError) as problem:
        message = _l("%(file)s cannot be read: %(problem)s.", file=file, problem=problem)
        raise SpeechModelMissingError(message, _FOLDER) from None

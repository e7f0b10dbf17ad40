"""The languages that an installed model knows, read from its vocabulary without loading the model."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from app.captions.speech.languages import WHISPER_NAMES, whisper_name

ENGLISH_ONLY = frozenset({"en"})
EVERY_LANGUAGE = frozenset(WHISPER_NAMES)
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
MIN_MULTILINGUAL_TOKENS = 51_865
"""CTranslate2 treats a Whisper model with at least this many tokens as multilingual, and smaller models as
English-only.
"""


def languages_in(folder: Path, set_language: str | None) -> frozenset[str]:
    """Return Whisper's names for the languages of the model in a folder. If its vocabulary cannot be read, return all
    languages. `set_language` is the model's only language, if its description sets one.
    """
    if set_language:
        return frozenset({whisper_name(set_language) or set_language})
    file = next((folder / name for name in VOCABULARIES if (folder / name).is_file()), None)
    if file is None:
        return EVERY_LANGUAGE
    state = file.stat()
    return _languages_of(file, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=8)
def _languages_of(vocabulary: Path, _size: int, _changed_at: int) -> frozenset[str]:
    """Return the languages that have a token in a vocabulary. Cached for each size and modification time."""
    try:
        text = vocabulary.read_text("utf-8")
        tokens = json.loads(text) if vocabulary.suffix == ".json" else text.splitlines()
        if len(tokens) < MIN_MULTILINGUAL_TOKENS:
            return ENGLISH_ONLY
        return frozenset(name for name in WHISPER_NAMES if f"<|{name}|>" in tokens) or EVERY_LANGUAGE
    except (OSError, ValueError, TypeError):
        return EVERY_LANGUAGE

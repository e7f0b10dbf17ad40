"""The languages that Whisper knows, and the choice of the language for a recording. No I/O.

Tags are BCP 47 ("pt-BR"); Whisper's names are shorter ("pt") and sometimes older ("jw" is Javanese, jv).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

WHISPER_NAMES = (
    "af", "am", "ar", "as", "az", "ba", "be", "bg", "bn", "bo", "br", "bs", "ca", "cs", "cy", "da", "de", "el",
    "en", "es", "et", "eu", "fa", "fi", "fo", "fr", "gl", "gu", "ha", "haw", "he", "hi", "hr", "ht", "hu", "hy",
    "id", "is", "it", "ja", "jw", "ka", "kk", "km", "kn", "ko", "la", "lb", "ln", "lo", "lt", "lv", "mg", "mi",
    "mk", "ml", "mn", "mr", "ms", "mt", "my", "ne", "nl", "nn", "no", "oc", "pa", "pl", "ps", "pt", "ro", "ru",
    "sa", "sd", "si", "sk", "sl", "sn", "so", "sq", "sr", "su", "sv", "sw", "ta", "te", "tg", "th", "tk", "tl",
    "tr", "tt", "uk", "ur", "uz", "vi", "yi", "yo", "zh", "yue",
)  # fmt: skip
"""faster-whisper's language names, repeated here because importing faster-whisper is slow. A test compares both lists.
"""
_TAGS = {"jw": "jv"}
"""BCP 47 tags of the languages for which Whisper uses another name."""
_NAMES = {"jv": "jw", "nb": "no", "fil": "tl", "cmn": "zh", "iw": "he", "in": "id", "ji": "yi"}
"""Whisper's names for tags that it does not use itself."""
IMPROBABLE = 0.05
"""A language that is less probable is probably not the one that is spoken."""
KNOWN_LANGUAGES = tuple(sorted(_TAGS.get(name, name) for name in WHISPER_NAMES))
"""The tags of all languages that Whisper knows."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The language that a recording sounds like most, out of all that the model knows, and its probability (0 to 1)."""

    language: str
    probability: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The language to transcribe a recording in: its tag, Whisper's name for it, and its probability in the sound (0 to 1)."""

    language: str
    name: str
    probability: float
    guess: Guess | None = None


def whisper_name(tag: str) -> str | None:
    """Return Whisper's name for the language of a tag, such as "pt" for "pt-BR"; None if Whisper does not know it."""
    code = tag.lower().replace("_", "-").split("-")[0]
    name = _NAMES.get(code, code)
    return name if name in WHISPER_NAMES else None


def known_among(tags: Iterable[str], names: Collection[str]) -> list[str]:
    """Return those of the tags whose language is one of Whisper's `names`."""
    return [tag for tag in tags if whisper_name(tag) in names]


def tag_for(name: str) -> str:
    """Return the BCP 47 tag for one of Whisper's names."""
    return _TAGS.get(name, name)


def choose(heard: Iterable[tuple[str, float]], allowed: Sequence[str], supported: Collection[str]) -> Choice:
    """Return the language to transcribe in: the most probable of the allowed languages, which are given as BCP 47 tags.

    `heard` has Whisper's name and the probability of each language. `supported` has the names that this model knows. If
    no language is allowed, or the model knows none of the allowed ones, the most probable of all languages is returned.
    """
    probabilities: Mapping[str, float] = dict(heard)
    best = max(probabilities, key=probabilities.__getitem__)
    guess = Guess(tag_for(best), probabilities[best])
    names: dict[str, str] = {}
    for tag in allowed:
        name = whisper_name(tag)
        if name in supported and name is not None:
            names.setdefault(name, tag)
    name = max(names, key=lambda each: probabilities.get(each, 0.0), default=best)
    probability = probabilities.get(name, 0.0)
    is_one_unknown = any(whisper_name(tag) not in supported for tag in allowed)
    if not names or (is_one_unknown and probability < IMPROBABLE):
        return Choice(guess.language, best, guess.probability, guess)
    return Choice(names[name], name, probability, guess)

"""The languages that Whisper knows, and the choice of the language for a recording. No I/O.

Tags are BCP 47 ("pt-BR"); Whisper's names are shorter ("pt") and sometimes older ("jw" is Javanese, jv).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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
"""Below this probability, a language is probably not the spoken one."""
KNOWN_LANGUAGES = tuple(sorted(_TAGS.get(name, name) for name in WHISPER_NAMES))
"""The tags of all languages that Whisper knows."""


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """The most probable language of a recording, among all that the model knows, and its probability (0 to 1)."""

    language: str
    probability: float


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """The language to transcribe a recording in: its tag and Whisper's name for it.

    `probability` (0 to 1) is that of this language in the sound. If the sound was not compared with several languages,
    it is 1 and there is no guess.
    """

    language: str
    name: str
    probability: float = 1.0
    guess: LanguageGuess | None = None


def whisper_name(tag: str) -> str | None:
    """Return Whisper's name for the language of a tag, such as "pt" for "pt-BR"; None if Whisper does not know it."""
    code = tag.lower().replace("_", "-").split("-")[0]
    name = _NAMES.get(code, code)
    return name if name in WHISPER_NAMES else None


def known_among(tags: Iterable[str], names: Collection[str]) -> list[str]:
    """Return those of the tags whose language is one of Whisper's `names`."""
    return [*_names_by_tag(tags, names)]


def tag_for(name: str) -> str:
    """Return the BCP 47 tag for one of Whisper's names."""
    return _TAGS.get(name, name)


def only_choice(allowed: Sequence[str], supported: Collection[str]) -> LanguageChoice | None:
    """Return the language to transcribe in if there is only one; None if the sound decides.

    `allowed` are BCP 47 tags, and `supported` are Whisper's names for the languages that this model knows. The sound
    also decides if the model does not know one of the allowed languages, because the speaker may use that language.
    """
    names = _names_by_tag(allowed, supported)
    if len(names) < len(set(allowed)) or len(set(names.values())) != 1:
        return None
    return LanguageChoice(*next(iter(names.items())))


def choose(heard: Iterable[tuple[str, float]], allowed: Sequence[str], supported: Collection[str]) -> LanguageChoice:
    """Return the language to transcribe in: the most probable of the allowed languages, which are given as BCP 47 tags.

    `heard` has Whisper's name and the probability of each language. `supported` has the names that this model knows. If
    no language is allowed, or the model knows none of the allowed ones, the most probable of all languages is returned.
    """
    probabilities: Mapping[str, float] = dict(heard)
    best = _most_probable(probabilities)
    names = _names_by_tag(allowed, supported)
    tag = max(names, key=lambda each: probabilities.get(names[each], 0.0), default=None)
    is_one_unknown = len(names) < len(set(allowed))
    if tag is None or (is_one_unknown and probabilities.get(names[tag], 0.0) < IMPROBABLE):
        return LanguageChoice(best.language, whisper_name(best.language) or best.language, best.probability, best)
    return compared(LanguageChoice(tag, names[tag]), probabilities)


def compared(choice: LanguageChoice, probabilities: Mapping[str, float]) -> LanguageChoice:
    """Add the guess and the probability, given the probability of each of Whisper's language names."""
    return replace(choice, probability=probabilities.get(choice.name, 0.0), guess=_most_probable(probabilities))


def _most_probable(probabilities: Mapping[str, float]) -> LanguageGuess:
    """Return the most probable language, given the probability of each of Whisper's language names."""
    best = max(probabilities, key=probabilities.__getitem__)
    return LanguageGuess(tag_for(best), probabilities[best])


def _names_by_tag(tags: Iterable[str], names: Collection[str]) -> dict[str, str]:
    """Return a dict from tag to Whisper's name, for the tags whose language is in `names`."""
    named = ((tag, whisper_name(tag)) for tag in tags)
    return {tag: name for tag, name in named if name is not None and name in names}

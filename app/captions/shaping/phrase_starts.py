"""Find where phrases begin in languages that are written without spaces: Chinese, Japanese and Thai. No I/O.

The rule is that of BudouX (https://github.com/google/budoux): each group of one to three characters around a place has
a weight. A phrase begins where the weights add up to more than half of all weights of the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.captions.shaping.phrase_weights import japanese, simplified_chinese, thai, traditional_chinese

MODELS = {
    "ja": (japanese.WEIGHTS,), "th": (thai.WEIGHTS,), "yue": (traditional_chinese.WEIGHTS,),
    "zh": (simplified_chinese.WEIGHTS, traditional_chinese.WEIGHTS),
}  # fmt: skip
"""The models of each language. If there are several, the one that knows most of the characters is used."""
GROUPS = {
    "UW1": (-3, -2), "UW2": (-2, -1), "UW3": (-1, 0), "UW4": (0, 1), "UW5": (1, 2), "UW6": (2, 3),
    "BW1": (-2, 0), "BW2": (-1, 1), "BW3": (0, 2),
    "TW1": (-3, 0), "TW2": (-2, 1), "TW3": (-1, 2), "TW4": (0, 3),
}  # fmt: skip
"""The characters of each feature: from and to, counted from the place."""
ENTRY = re.compile(r"(\S+)([+-]\d+)")
BLANKS = {"\u2420": " ", "\u2423": "\u3000", "\u2421": "\u200b"}
"""The signs for characters that cannot be seen, in the data."""


CERTAIN = 1200
"""In texts that were divided by hand, most wrong places are less certain than this, and most right ones more."""


@dataclass(frozen=True, slots=True)
class PhraseModel:
    """The weights of a language: by feature, for each group of characters. `bar` is half of all weights."""

    weights: Mapping[str, Mapping[str, int]]
    bar: float

    def certainty(self, text: str, place: int) -> float:
        """Return how certain it is that a phrase begins at a place: by how much its weights exceed the bar."""
        total = 0
        for feature, (first, last) in GROUPS.items():
            if place + first >= 0 and place + last <= len(text):
                total += self.weights[feature].get(text[place + first : place + last], 0)
        return total - self.bar

    def known(self, text: str) -> int:
        """Return how many characters of a text have a weight of their own."""
        return sum(letter in self.weights["UW3"] or letter in self.weights["UW4"] for letter in text)


def phrase_starts(text: str, language: str) -> Mapping[int, bool] | None:
    """Return the places at which phrases begin in a text, without 0, and whether each is certain.

    `language` is an ISO 639 code. Returns None if there is no model of the language.
    """
    models = _models(language)
    if not models:
        return None
    model = max(models, key=lambda each: each.known(text))
    found = {place: model.certainty(text, place) for place in range(1, len(text))}
    return {place: certainty >= CERTAIN for place, certainty in found.items() if certainty > 0}


@cache
def _models(language: str) -> list[PhraseModel]:
    return [_read(weights) for weights in MODELS.get(language, ())]


def _read(features: Mapping[str, str]) -> PhraseModel:
    weights = {
        name: {_with_blanks(key): int(weight) for key, weight in map(_entry, listed.split())}
        for name, listed in features.items()
    }
    return PhraseModel(weights, sum(sum(each.values()) for each in weights.values()) / 2)


def _with_blanks(key: str) -> str:
    return "".join(BLANKS.get(letter, letter) for letter in key)


def _entry(text: str) -> tuple[str, str]:
    found = ENTRY.fullmatch(text)
    assert found is not None, text  # noqa: S101
    return found[1], found[2]

"""Lists of words that decide where the captions of a language may be broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.captions.shaping import language_words as words

APOSTROPHES = "'’"
_SAME = {"nb": "no", "nn": "no", "cmn": "zh", "iw": "he", "in": "id", "jw": "jv"}
"""Tags of languages whose words are listed under another tag."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words of a language, without case. A language without lists has empty sets.

    Never break after `articles`. Break before `linking` words rather than after them. `binding` words also belong to
    the next word, `trailing` words to the previous one. `openers` are words whose capital letter shows that a sentence
    begins.
    """

    articles: frozenset[str]
    linking: frozenset[str]
    binding: frozenset[str]
    trailing: frozenset[str]
    abbreviations: frozenset[str]
    openers: frozenset[str]
    elisions: frozenset[str]
    has_ordinal_stop: bool
    has_capital_nouns: bool
    ends_with_semicolon: bool
    language: str = ""
    """Its ISO 639 code."""


def grammar_of(language: str) -> Grammar:
    """Return the grammar of a language (BCP 47). It is empty if the language is not known."""
    code = language.lower().replace("_", "-").split("-")[0]
    return _grammar(_SAME.get(code, code))


@cache
def _grammar(code: str) -> Grammar:
    articles = _listed(words.ARTICLES, code)
    linking = _listed(words.LINKING, code) | _listed(words.AND_OR, code)
    binding = linking | _listed(words.BINDING, code)
    return Grammar(
        articles=articles,
        linking=linking,
        binding=binding,
        trailing=_listed(words.TRAILING, code),
        abbreviations=_listed(words.ABBREVIATIONS, code),
        openers=(articles | binding) - _listed(words.STILL_CAPITAL, code),
        elisions=frozenset(word for word in articles | binding if word.endswith("'")),
        has_ordinal_stop=code in words.ORDINAL_STOP,
        has_capital_nouns=code in words.CAPITAL_NOUNS,
        ends_with_semicolon=code == "el",
        language=code,
    )


def _listed(lists: Mapping[str, str], code: str) -> frozenset[str]:
    return frozenset(lists.get(code, "").casefold().split())

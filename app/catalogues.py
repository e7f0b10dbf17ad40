"""The translation catalogues, and the values that are inserted into translated sentences.

The .po file is the only file of a catalogue. Each process compiles it in memory, so a compiled file is never missing or
outdated.
"""

from __future__ import annotations

from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from unicodedata import bidirectional

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import Domain, get_locale
from markupsafe import Markup

SOURCE = "en"
CACHED_SENTENCES = 4096
FOLDER = Path(__file__).parent / "translations"
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
"""First strong isolate and its end (Unicode 6.3). Text between them does not affect the order of words around it."""
_FOREIGN = {"ltr": {"R", "AL", "AN"}, "rtl": {"L"}}


def catalogue_path(language: str) -> Path:
    """Return the path of a language's catalogue, which may not exist."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the translations into a language. English is the source and has none."""
    path = catalogue_path(language)
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    return Translations(compiled, domain="messages")


class Sentences(Domain):
    """Sentences in the language of the request. Inserted values do not affect the text direction around them."""

    def get_translations(self) -> NullTranslations:
        """Return the translations for the language of this request."""
        locale = get_locale()
        return catalogue(locale.language) if locale else NullTranslations()

    def gettext(self, string: str, **variables: Any) -> str:
        """Return a translated sentence."""
        return str(super().gettext(string, **isolated(variables)))

    def ngettext(self, singular: str, plural: str, num: int, **variables: Any) -> str:
        """Return a translated sentence in the plural form for `num`."""
        return str(super().ngettext(singular, plural, num, **isolated(variables)))

    def gettext_for_page(self, string: str, **variables: Any) -> Markup:
        """Return a sentence for a template. The sentence is trusted markup, and its values are escaped."""
        locale = get_locale()
        language = locale.language if locale else SOURCE
        if not variables:
            return _without_values(language, string)
        return _markup(language, string) % isolated(variables)

    def ngettext_for_page(self, singular: str, plural: str, num: int, **variables: Any) -> Markup:
        """Return a sentence for a template, in the plural form for `num`."""
        variables.setdefault("num", num)
        return Markup(self.get_translations().ungettext(singular, plural, num)) % isolated(variables)  # noqa: S704


@lru_cache(maxsize=CACHED_SENTENCES)
def _markup(language: str, string: str) -> Markup:
    return Markup(catalogue(language).ugettext(string))  # noqa: S704 - the sentences are ours


@lru_cache(maxsize=CACHED_SENTENCES)
def _without_values(language: str, string: str) -> Markup:
    """Return a translated sentence that has no values. A page has a hundred of them."""
    return _markup(language, string) % {}


@cache
def _direction(language: str) -> str:
    return Locale(language).text_direction


def isolated(variables: dict[str, Any]) -> dict[str, Any]:
    """Return the values, with isolates around those that run in the opposite text direction.

    Isolate characters are used instead of <bdi>, because a sentence may also be a page title or a label. Markup is not
    changed.
    """
    if not variables:
        return variables
    locale = get_locale()
    direction = _direction(locale.language if locale else SOURCE)
    return {name: isolate(value, direction) for name, value in variables.items()}


def isolate(value: Any, direction: str) -> Any:
    """Return a text, isolated if it would otherwise be displayed out of order in a sentence of this direction."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    kinds = {bidirectional(letter) for letter in value}
    is_out_of_order = kinds & _FOREIGN[direction] or (direction == "rtl" and "EN" in kinds and len(kinds) > 1)
    return f"{ISOLATE}{value}{END_OF_ISOLATE}" if is_out_of_order else value

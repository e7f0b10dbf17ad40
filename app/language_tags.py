"""Language tags (BCP 47): those that people type, and those of locales. Pure."""

from __future__ import annotations

import re

from babel import Locale, UnknownLocaleError

MAX_TAG_LENGTH = 35
UNKNOWN_LANGUAGE = "und"
"""The tag of text whose language is not known."""
_FORM = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_WITHOUT_DATA = ("tl",)
"""Tags of the speech model for which Babel has no data."""


def tag_of(locale: Locale) -> str:
    """Return the language tag of a locale."""
    return str(locale).replace("_", "-")


def read_language_tag(typed: str) -> str:
    """Return a tag in its usual form, such as pt-BR for "PT-br". Raises ValueError if it is not one of a language.

    Babel replaces some tags by others ("und" by en-US, "iw" by he-IL) and drops parts that it does not know. Such tags are
    refused, because captions would be made in a language that nobody asked for. Missing parts may be added: zh-Hans-CN
    for "zh-CN".
    """
    if len(typed) > MAX_TAG_LENGTH or not _FORM.fullmatch(typed):
        raise ValueError("not of the form of a language tag")
    parts = typed.lower().split("-")
    if typed.lower() in _WITHOUT_DATA:
        return typed.lower()
    try:
        tag = tag_of(Locale.parse(typed, sep="-"))
    except UnknownLocaleError as problem:
        raise ValueError(str(problem)) from None
    if parts[0] == "root" or not set(parts) <= set(tag.lower().split("-")):
        raise ValueError("not the tag of one language")
    return tag

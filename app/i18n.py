"""The language of a page: the one chosen in this browser, else the best match for the browser's settings.

Interviews and questions have their own language, and their text is marked with it.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone_location
from flask import Flask, has_request_context, request, session
from flask.json.provider import DefaultJSONProvider
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from app.catalogues import Sentences, catalogue
from app.extensions import babel
from app.language_tags import UNKNOWN_LANGUAGE, tag_of

LANGUAGES = ("en", "ar")
"""The languages of the pages. English is the source; each other language has a catalogue (translations/)."""


def init_app(app: Flask) -> None:
    """Set up Flask-Babel with the language chosen by this module."""
    babel.init_app(app, default_locale="en", locale_selector=choose_language)
    sentences = Sentences()
    babel.domain_instance = sentences
    # Do not escape letters in JSON: an escaped Arabic letter takes six bytes.
    cast(DefaultJSONProvider, app.json).ensure_ascii = False
    app.jinja_env.globals.update(
        gettext=sentences.gettext_for_page,
        ngettext=sentences.ngettext_for_page,
        in_language=in_language,
        language_name=language_name,
    )
    app.add_template_filter(written_moment)
    for language in LANGUAGES:
        catalogue(language)  # compile the catalogue now, not during a request


def other_languages() -> list[dict[str, str]]:
    """Return the languages other than this page's: their tags, their text directions, and their own names."""
    locales = [Locale.parse(tag, sep="-") for tag in LANGUAGES if tag != tag_of(current_locale())]
    return [
        {"tag": tag_of(each), "direction": each.text_direction, "name": each.get_display_name() or tag_of(each)}
        for each in locales
    ]


def in_language(tag: str | None) -> Markup:
    """Return the attributes `lang` and `dir` for an element whose language may differ from the page's (WCAG 3.1.2).

    Returns no attributes if the language is the page's language or unknown.
    """
    if not tag or tag in (UNKNOWN_LANGUAGE, tag_of(current_locale())):
        return Markup()
    try:
        direction = Locale.parse(tag, sep="-").text_direction
    except (ValueError, UnknownLocaleError):
        direction = "auto"
    return Markup(' lang="{}" dir="{}"').format(tag, direction)


def language_name(tag: str) -> str:
    """Return the name of a language in the language of the page, or its tag if no name is known."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(current_locale()) or tag
    except (ValueError, UnknownLocaleError):
        return tag


def written_moment(moment: datetime, zone: str = "UTC") -> str:
    """Format a moment with its full date, time and time zone.

    English uses British order: "Friday 27 November 2026 at 17:00 (London time)".
    """
    locale = Locale("en", "GB") if current_locale().language == "en" else current_locale()
    local = moment.astimezone(ZoneInfo(zone))
    written = {
        "date": format_date(local, "full", locale=locale),
        "time": format_time(local, "short", locale=locale),
        "place": get_timezone_location(local.tzinfo, locale=locale, return_city=True),
    }
    if zone == "UTC":
        return _("%(date)s at %(time)s (UTC)", **written)
    return _("%(date)s at %(time)s (%(place)s time)", **written)


def choose_language() -> str:
    """Return the language chosen in this browser, else the best match for the browser's settings."""
    if not has_request_context():
        return LANGUAGES[0]
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    asked = (tag.split("-", 1)[0].lower() for tag in request.accept_languages.values())
    return next((language for language in asked if language in LANGUAGES), LANGUAGES[0])


def current_locale() -> Locale:
    """Return the locale of this request, or English outside a request."""
    return get_locale() or Locale("en")

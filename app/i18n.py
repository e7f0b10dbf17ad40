"""Which language a page speaks."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location
from flask import Flask, has_request_context, request, session
from flask_babel import get_locale
from flask_babel import gettext as _

from app.extensions import babel

LANGUAGES = ("en",)


def init_app(app: Flask) -> None:
    """Bind Flask-Babel with this module's choice of language."""
    babel.init_app(app, default_locale="en", locale_selector=choose_language)
    app.add_template_filter(written_moment)


def written_moment(moment: datetime, zone: str = "UTC") -> str:
    """Return a moment with its date written out, its time, and the zone in which both are meant.

    British order for English: "Friday 27 November 2026 at 17:00 (London time)".
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
    """Return the language chosen in this browser, else the best that its settings ask for."""
    if not has_request_context():
        return LANGUAGES[0]
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def current_locale() -> Locale:
    """Return the locale of this request; English outside one."""
    return get_locale() or Locale("en")

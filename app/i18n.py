"""Which language a page speaks."""

from __future__ import annotations

from babel import Locale
from flask import Flask, request, session
from flask_babel import get_locale

from app.extensions import babel

LANGUAGES = ("en",)


def init_app(app: Flask) -> None:
    """Bind Flask-Babel with this module's choice of language."""
    babel.init_app(app, default_locale="en", locale_selector=choose_language)


def choose_language() -> str:
    """Return the language chosen in this browser, else the best that its settings ask for."""
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def current_locale() -> Locale:
    """Return the locale of this request; English outside one."""
    return get_locale() or Locale("en")

"""The sentences that a recorder needs only after it is shown: one file per language, which browsers keep."""

from __future__ import annotations

from functools import lru_cache

from flask import Response, abort, current_app, json, url_for
from flask_babel import force_locale

from app import static_files
from app.accounts.access import requires
from app.i18n import LANGUAGES, current_locale
from app.language_tags import tag_of

TABLES = ("recorder_strings", "upload_strings", "problem_strings")
"""The tables of `recording/_strings.html` that the file contains. The page itself contains `first_strings`."""


def sentences_address() -> dict[str, str]:
    """Return the address of the file in the language of the page, as part of the addresses of a recorder."""
    language = tag_of(current_locale())
    return {"sentences": url_for("recording.sentences", language=language, version=_file(language).fingerprint)}


@requires("public")
def sentences(language: str, version: str) -> Response:
    """Return the sentences in a language, by name, as JSON. Browsers keep them if the version is the current one."""
    if language not in LANGUAGES:
        abort(404)
    file = _file(language)
    return static_files.send(file, "application/json", is_current=version == file.fingerprint)


@lru_cache(maxsize=len(LANGUAGES))
def _file(language: str) -> static_files.StaticFile:
    with force_locale(language):
        tables = current_app.jinja_env.get_template("recording/_strings.html").make_module()
    merged = {name: str(text) for table in TABLES for name, text in getattr(tables, table).items()}
    body = json.dumps(merged, separators=(",", ":")).encode()
    return static_files.StaticFile(body, is_text=True, fingerprint=static_files.fingerprint(body))

"""The sentences that a recorder needs only after it is shown: two files per language, which browsers keep."""

from __future__ import annotations

from functools import lru_cache

from flask import Response, abort, current_app, json, url_for
from flask_babel import force_locale

from app import static_files
from app.accounts.access import requires
from app.i18n import LANGUAGES, current_locale
from app.language_tags import tag_of

TABLES = {"sentences": ("recorder_strings", "problem_strings"), "upload_sentences": ("upload_strings",)}
"""The tables of `recording/_strings.html` that each file contains. The page itself contains `first_strings`. The second
file comes with the script that stores and sends an answer.
"""


def sentences_addresses() -> dict[str, str]:
    """Return the addresses of the files in the language of the page, as part of the addresses of a recorder."""
    language = tag_of(current_locale())
    return {
        name: url_for("recording.sentences", name=name, language=language, version=_file(name, language).fingerprint)
        for name in TABLES
    }


@requires("public")
def sentences(name: str, language: str, version: str) -> Response:
    """Return a file of sentences in a language, by name, as JSON. Browsers keep it if the version is the current one."""
    if language not in LANGUAGES or name not in TABLES:
        abort(404)
    file = _file(name, language)
    return static_files.send(file, "application/json", is_current=version == file.fingerprint)


@lru_cache(maxsize=len(LANGUAGES) * len(TABLES))
def _file(name: str, language: str) -> static_files.StaticFile:
    with force_locale(language):
        tables = current_app.jinja_env.get_template("recording/_strings.html").make_module()
    merged = {key: str(text) for table in TABLES[name] for key, text in getattr(tables, table).items()}
    body = json.dumps(merged, separators=(",", ":")).encode()
    return static_files.StaticFile(body, is_text=True, fingerprint=static_files.fingerprint(body))

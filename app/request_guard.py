"""Sanitise every request, so that views only receive values that a database can store.

- Text: PostgreSQL cannot store NUL, and neither database can store a lone surrogate. Both are removed from fields,
  field names, file names and query strings. They are invisible, and the text around them is kept.
- Addresses: an id with such a character, or longer than any id or file name, gives 404.
- Numbers in addresses have at most nine digits. Numbers in fields are read by `whole_number`.
- JSON that is nested too deeply is invalid. JSON is not read as a form.
- A form part without a name is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from htmx_flask.requests import HtmxAwareRequest
from werkzeug.datastructures import FileStorage, ImmutableDict, ImmutableMultiDict
from werkzeug.routing import IntegerConverter, Map, PathConverter, UnicodeConverter, ValidationError
from werkzeug.routing.converters import DEFAULT_CONVERTERS
from werkzeug.utils import cached_property

MAX_SEGMENT_LENGTH = 200
"""Maximum length of an id in an address. The longest, an invitation token, has 43 characters."""
MAX_FILE_NAME_BYTES = 255
"""Maximum length of one name in a path (NAME_MAX of Linux). Opening a longer one raises an error."""
MAX_PATH_LENGTH = 1000
MAX_DIGITS = 9
MAX_SEARCH = 200
"""Maximum number of digits of a number. Nine digits fit into every integer column."""
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class GuardedRequest(HtmxAwareRequest):
    """A request whose fields, query string and file names can all be stored."""

    def __init__(self, environ: dict[str, Any], *args: Any, **options: Any):
        """Read a request. Invalid UTF-8 in its query string becomes U+FFFD."""
        super().__init__(environ, *args, **options)
        raw = str(environ.get("QUERY_STRING", "")).encode("latin-1")
        self.query_string = raw.decode(errors="replace").encode()

    @property
    def is_json(self) -> bool:
        """Return False, so that Flask-WTF does not read JSON as a form. Views that expect JSON call `get_json`."""
        return False

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Return the parsed body, if it was sent as JSON."""
        return super().get_json(force or super().is_json, silent, cache)

    @cached_property
    def args(self) -> ImmutableMultiDict[str, str]:  # type: ignore[override]
        """Return the parsed query string."""
        return _storable_fields(super().args.items(multi=True))

    def _load_form_data(self) -> None:
        if "form" in self.__dict__:
            return
        super()._load_form_data()
        self.__dict__["form"] = _storable_fields(self.form.items(multi=True))
        files = list(self.files.items(multi=True))
        self.__dict__["files"] = ImmutableMultiDict(
            (storable(name), _with_storable_name(file)) for name, file in files if name is not None
        )
        for name, file in files:
            if name is None:
                file.close()


class _Segment(UnicodeConverter):
    def to_python(self, value: str) -> str:
        if len(value) > MAX_SEGMENT_LENGTH or _UNSTORABLE.search(value):
            raise ValidationError()
        return value


class _Path(PathConverter):
    def to_python(self, value: str) -> str:
        longest = max(len(name.encode(errors="replace")) for name in value.split("/"))
        if len(value) > MAX_PATH_LENGTH or longest > MAX_FILE_NAME_BYTES or _UNSTORABLE.search(value):
            raise ValidationError()
        return value


class _Integer(IntegerConverter):
    def to_python(self, value: str) -> Any:
        if len(value) > MAX_DIGITS:
            raise ValidationError()
        return super().to_python(value)


class _Json(DefaultJSONProvider):
    def loads(self, s: str | bytes, **options: Any) -> Any:
        """Parse JSON. Raises ValueError if it is invalid or nested too deeply."""
        try:
            return super().loads(s, **options)
        except RecursionError:
            raise ValueError("nested too deep") from None


class _Addresses(Map):
    default_converters = ImmutableDict(
        {**DEFAULT_CONVERTERS, "default": _Segment, "string": _Segment, "path": _Path, "int": _Integer}
    )


class GuardedFlask(Flask):
    """Flask with guarded addresses, fields and JSON."""

    json_provider_class = _Json
    url_map_class = _Addresses


def init_app(app: Flask) -> None:
    """Set the class of guarded requests. Call this after the HTMX extension, which sets its own request class."""
    app.request_class = GuardedRequest


def storable(text: str) -> str:
    """Return the text without characters that a database cannot store."""
    return _UNSTORABLE.sub("", text)


def whole_number(typed: str | None, default: int = 0) -> int:
    """Parse a whole number from a field or query string. Invalid values give `default`."""
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) <= MAX_DIGITS else default


def typed_words(typed: str | None) -> str:
    """Return the text of a search in a form that can be shown again: at most MAX_SEARCH printable characters."""
    shown = "".join(letter if letter.isprintable() else " " for letter in typed or "")
    return shown.strip()[:MAX_SEARCH]


def page_number(typed: str | None) -> int:
    """Parse a page number, from 1. Invalid values give 1."""
    return max(1, whole_number(typed, 1))


def _storable_fields(fields: Iterable[tuple[Any, str]]) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict((storable(name), storable(value)) for name, value in fields if name is not None)


def _with_storable_name(file: FileStorage) -> FileStorage:
    file.filename = storable(file.filename) if file.filename else file.filename
    return file

"""Requests, each with one invalid value: a path parameter, query parameter, field, body or header of a route."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.accounts.access import permission_of
from tests.fuzz.poisons import BOUNDARY, FILES, HEADER_NAMES, HEADERS, JSONS, MULTIPARTS, TEXTS
from tests.fuzz.world import make_world
from tests.test_permissions import LET_IN

APP = Path(__file__).resolve().parents[2] / "app"
READ_BY_NAME = re.compile(r"(?:request\.(?:args|form|values)|asked)(?:\.get(?:list)?\(|\[)\s*\"([a-z_-]+)\"")
PARAMETERS = sorted({name for path in APP.rglob("*.py") for name in READ_BY_NAME.findall(path.read_text())})
"""The names with which views read fields and query parameters."""
PARAMETERS_AT_ONCE = 3
"""Number of query parameters tried for a route in one round. Fields of forms on pages are all tried."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request, with a description for the failure message."""

    method: str
    path: str
    what: str
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the request and its bad value, shortened."""
        return f"{self.method} {self.path[:90]} {self.what[:120]}"


@dataclass(frozen=True, slots=True)
class Form:
    """A form on a page: its address, its fields as a browser would send them, and the names of its file fields."""

    method: str
    action: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]


class Fuzzer:
    """Makes and sends the cases for one kind of person. All random choices come from `chance`."""

    def __init__(self, app: Flask, who: str, chance: random.Random):
        self.app, self.who, self.chance = app, who, chance
        self.world = make_world(app, who)
        self.rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))

    def cases(self) -> Iterator[Case]:
        """Yield cases for the parameters, headers and body of each route, then cases for each form on the pages."""
        forms: dict[tuple[str, str, tuple[str, ...]], Form] = {}
        for rule in self.rules:
            for method in sorted((rule.methods or set()) - {"OPTIONS"}) or ["OPTIONS"]:
                yield from self._in_path(rule, method)
                if not self._is_open(rule):
                    continue
                yield from self._in_query(rule, method)
                yield from self._in_headers(rule, method)
                if method not in ("GET", "HEAD"):
                    yield from self._in_body(rule, method)
            if "GET" in (rule.methods or ()) and self._is_open(rule) and rule.endpoint != "static":
                for form in self._forms_of(self._address(rule)):
                    forms[form.method, form.action, tuple(name for name, _value in form.fields)] = form
        for form in forms.values():
            yield from self._in_form(form)

    def send(self, case: Case) -> TestResponse:
        """Send a case as the person of the current world. If the case changed something, make a new world."""
        self.world.client.set_cookie("fairtake", self.world.cookie)
        answer = self.world.client.open(case.path, method=case.method, check=False, **case.options)
        _all_of_it = answer.data
        answer.close()
        if case.method in ("POST", "DELETE") and answer.status_code < 400:
            self.world = make_world(self.app, self.who)
        return answer

    def _is_open(self, rule: Rule) -> bool:
        permission = permission_of(self.app.view_functions[rule.endpoint])
        return rule.endpoint == "static" or self.who in LET_IN[str(permission)]

    def _in_path(self, rule: Rule, method: str) -> Iterator[Case]:
        for name in sorted(rule.arguments):
            bad = self.chance.choice(TEXTS)
            yield Case(method, self._address(rule, **{name: bad}), f"{name}={bad!r}", self._body(method))

    def _in_query(self, rule: Rule, method: str) -> Iterator[Case]:
        if method == "HEAD":
            return
        path = self._address(rule)
        for name in self.chance.sample(PARAMETERS, PARAMETERS_AT_ONCE):
            bad = _quoted(self.chance.choice(TEXTS))
            yield Case(method, path, f"?{name}={bad}", self._body(method) | {"query_string": f"{name}={bad}"})
        raw = self.chance.choice((b"\xff\xfe=\xff", b"%ff=%00&%=%zz", b"&" * 3000, b"=" * 50, b"q=\xed\xa0\x80"))
        environ = {"QUERY_STRING": raw.decode("latin-1")}
        yield Case(method, path, f"?{raw[:20]!r}", self._body(method) | {"environ_overrides": environ})

    def _in_headers(self, rule: Rule, method: str) -> Iterator[Case]:
        path = self._address(rule)
        names = HEADER_NAMES if rule.endpoint.startswith("uploads.") else self.chance.sample(HEADER_NAMES, 2)
        for name in names:
            bad = self.chance.choice(HEADERS)
            options = self._body(method)
            environ = {**options.pop("environ_overrides", {}), _environ_name(name): bad}
            yield Case(method, path, f"{name}: {bad[:50]!r}", options | {"environ_overrides": environ})

    def _in_body(self, rule: Rule, method: str) -> Iterator[Case]:
        path, token = self._address(rule), self._headers()
        multipart = {**token, "Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
        for body in self.chance.sample(MULTIPARTS, 2):
            yield Case(method, path, f"multipart {body[:80]!r}", {"data": body, "headers": multipart})
        for body in self.chance.sample(JSONS, 1) if "stop" not in path and "takes" not in path else JSONS:
            headers = {**token, "Content-Type": "application/json"}
            yield Case(method, path, f"json {body[:60]!r}", {"data": body, "headers": headers})
        for bad in self.chance.sample(TEXTS, 1):
            headers = {**token, "Content-Type": "application/x-www-form-urlencoded"}
            data = "&".join(f"{_quoted(name)}={_quoted(bad)}" for name in (*PARAMETERS, bad))
            yield Case(method, path, f"every field {bad[:40]!r}", {"data": data, "headers": headers})

    def _in_form(self, form: Form) -> Iterator[Case]:
        for place, (name, _value) in enumerate(form.fields):
            bad = self.chance.choice(TEXTS)
            fields = [*form.fields[:place], (name, bad), *form.fields[place + 1 :]]
            kind = self.chance.choice(("bad", "bad", "twice", "missing"))
            if kind == "twice":
                fields.append((name, self.chance.choice(TEXTS)))
            if kind == "missing":
                fields.pop(place)
            yield self._sent(form, fields, f"{name} {kind}: {bad[:40]!r}")
        for name in form.files:
            for content in self.chance.sample(FILES, 2):
                suffix = self.chance.choice(("vtt", "srt", "webm", "mp4", "\0", "vtt\r\n", "é" * 200))
                file = (BytesIO(content), f"file.{suffix}")
                data = {**{each: value for each, value in form.fields if each}, name: file}
                headers = self._headers()
                options = {"data": data, "headers": headers, "content_type": "multipart/form-data"}
                yield Case(form.method, form.action, f"{name}: file {content[:40]!r}.{suffix[:5]!r}", options)

    def _sent(self, form: Form, fields: list[tuple[str, str]], what: str) -> Case:
        data = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in fields)
        if form.method == "GET":
            return Case("GET", form.action, what, {"query_string": data})
        headers = {**self._headers(), "Content-Type": "application/x-www-form-urlencoded"}
        return Case(form.method, form.action, what, {"data": data, "headers": headers})

    def _forms_of(self, path: str) -> Iterator[Form]:
        self.world.client.set_cookie("fairtake", self.world.cookie)
        answer = self.world.client.get(path, check=False)
        if answer.mimetype != "text/html":
            return
        here = urlsplit(path).path
        page = BeautifulSoup(answer.data, "html.parser")
        for form in page.find_all("form"):
            yield _read_form(form, here)
        for link in page.select("a[href*='?']"):
            parts = urlsplit(str(link["href"]))
            if not parts.netloc:
                yield Form("GET", parts.path or here, tuple(parse_qsl(parts.query, keep_blank_values=True)), ())

    def _address(self, rule: Rule, **bad: str) -> str:
        """Return an address of a route. Parameters that are not in `bad` have values of existing objects."""
        path = "".join(
            _quoted(str(bad.get(part, self.chance.choice(self.world.values[part])))) if is_name else part
            for is_name, part in rule._trace
            if part != "|"
        )
        return path.replace("%2F", "/") if rule.endpoint == "static" else path

    def _headers(self) -> dict[str, str]:
        return {"X-CSRFToken": self.world.token, "Tus-Resumable": "1.0.0"}

    def _body(self, method: str) -> dict[str, Any]:
        """Return the parts of a request that every route requires: a form token, and the headers of an upload."""
        headers = self._headers() if method not in ("GET",) else {}
        if method == "PATCH":
            headers |= {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
        return {"headers": headers} | ({"data": b"bytes"} if method == "PATCH" else {})


def _read_form(form: Tag, here: str) -> Form:
    fields: list[tuple[str, str]] = []
    for control in form.select("input[name], textarea[name], select[name], button[name]"):
        name, kind = str(control["name"]), control.get("type")
        options = [str(option.get("value", option.text)) for option in control.select("option")]
        value = options[-1] if options else control.text if control.name == "textarea" else control.get("value", "on")
        if kind != "file":
            fields.append((name, str(value)))
    files = tuple(str(control["name"]) for control in form.select("input[type=file][name]"))
    method = str(form.get("method", "get")).upper()
    return Form(method, str(form.get("action") or here).partition("?")[0], tuple(fields), files)


def _quoted(value: str) -> str:
    return quote(value, safe="", errors="surrogatepass")


def _environ_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"

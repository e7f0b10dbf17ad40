"""A test client that checks every HTML page that it fetches, so that a passing test cannot hide a broken page."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from pathlib import Path
from typing import Any

import html5lib
from bs4 import BeautifulSoup, Tag
from flask import g, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tools.pytest_runs import CHECKED_PAGES

# Markup that the HTML Living Standard allows and html5lib reports as an error.
TOLERATED: frozenset[str] = frozenset()

NEEDING_A_SCRIPT = re.compile(r"^(recorder-data|caption-data|written|player|score-form)$")
"""Ids of elements that need the script of their page (static/js/pages)."""

VARYING = re.compile(r"&#?\w+;|(?=[\w-]*\d)[\w-]{20,}(?:\.[\w-]+)*|(?<![hH])\d+")
"""Matches the parts that differ between two pages of the same kind: random ids, tokens and numbers, but not the names
of headings. (Also matches character references, which are kept.)
"""
NAMED_IDS = re.compile(r"""\s(?:id|for|aria-labelledby|aria-describedby|aria-controls)=["']?([^"'>]*)""")
_without_problems: set[str] = set()
"""Digests of the kinds of pages without problems."""


class CheckingClient(FlaskClient):
    """A test client that adds form tokens automatically (`submit`) and checks every page."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request and check the response if it is HTML. `check=False` skips the check."""
        check = kwargs.pop("check", True)
        _forget_last_request()
        response = super().open(*args, **kwargs)
        if check and response.mimetype == "text/html" and response.status_code not in (301, 302, 303) and response.data:
            fragment = response.request.headers.get("HX-Request") == "true"
            problems = problems_of_a_new_kind(response.get_data(as_text=True), fragment=fragment)
            assert not problems, f"{response.request.path}: " + "; ".join(problems)
        return response

    def page(self, address: str, **kwargs: Any) -> BeautifulSoup:
        """Fetch an address, check that the status is 200, and return the parsed page."""
        response = self.get(address, **kwargs)
        assert response.status_code == 200, f"{address}: {response.status_code}"
        return BeautifulSoup(response.get_data(as_text=True), "html.parser")

    def submit(self, address: str, form: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """POST a form with a valid form token."""
        headers = dict(kwargs.pop("headers", {}))
        headers.setdefault("X-CSRFToken", self.form_token())
        return self.post(address, data=form or {}, headers=headers, **kwargs)

    def form_token(self) -> str:
        """Return a form token for this client's session."""
        from flask_wtf.csrf import generate_csrf

        with self.session_transaction() as session:
            raw = session.get("csrf_token")
        _forget_last_request()
        with self.application.test_request_context():
            from flask import session as inner

            if raw:
                inner["csrf_token"] = raw
            token: str = generate_csrf()
            raw = inner["csrf_token"]
        with self.session_transaction() as session:
            session["csrf_token"] = raw
        return token


def _forget_last_request() -> None:
    """Clear `g`. The application context stays open during a test, and requests must not see each other's `g`."""
    if has_app_context():
        for name in list(g):
            g.pop(name)


def problems_of_a_new_kind(html: str, *, fragment: bool = False) -> list[str]:
    """Return the problems of a page, or none if a page of the same kind was checked before and had none.

    Two pages are of the same kind if they differ only in numbers and random ids, and the ids that refer to each other are
    in the same places. No check depends on anything else. Checking took a quarter of the time of tests of pages.
    `make test` has all its processes share what they found, on both databases.
    """
    kind = (fragment, _without_numbers(html), _places_of_ids(html))
    digest = hashlib.sha256(repr(kind).encode()).hexdigest()
    if _is_without_problems(digest):
        return []
    problems = page_problems(html, fragment=fragment)
    if not problems:
        _without_problems.add(digest)
        if folder := os.environ.get(CHECKED_PAGES):
            Path(folder, digest).touch()
    return problems


def _is_without_problems(digest: str) -> bool:
    if digest in _without_problems:
        return True
    folder = os.environ.get(CHECKED_PAGES)
    return folder is not None and Path(folder, digest).exists()


def _without_numbers(html: str) -> str:
    return VARYING.sub(lambda found: found[0] if found[0].startswith("&") else "0", html)


def _places_of_ids(html: str) -> list[int]:
    """Return a number for each use of an id: the position of the first use of the same id."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(name, len(numbers)) for found in NAMED_IDS.findall(html) for name in found.split()]


def page_problems(html: str, *, fragment: bool = False) -> list[str]:
    """Return the problems of a page or an HTMX fragment: parse errors, headings, title, ids, labels."""
    problems = _parse_errors(html, fragment)
    soup = BeautifulSoup(html, "html.parser")
    if not fragment:
        problems += _document_problems(soup) + _script_problems(soup)
    return problems + _id_problems(soup, fragment) + _label_problems(soup) + _inline_problems(soup)


def _parse_errors(html: str, fragment: bool) -> list[str]:
    parser = html5lib.HTMLParser()
    if fragment:
        parser.parseFragment(html)
    else:
        parser.parse(html)
    return [
        f"{name} at line {position[0]} {details}" for position, name, details in parser.errors if name not in TOLERATED
    ]


def _document_problems(soup: BeautifulSoup) -> list[str]:
    problems = []
    if len(soup.find_all("h1")) != 1:
        problems.append(f"{len(soup.find_all('h1'))} h1 elements")
    if not soup.title or not soup.title.get_text(strip=True):
        problems.append("no title")
    if not isinstance(soup.html, Tag) or not soup.html.get("lang"):
        problems.append("no language")
    if len(soup.find_all("main")) != 1:
        problems.append("not exactly one main")
    if soup.select(".error-summary") and soup.title and not soup.title.get_text(strip=True).startswith("Error: "):
        problems.append("an error that the title does not say")
    return problems + _heading_problems(soup)


def _script_problems(soup: BeautifulSoup) -> list[str]:
    """Check that a page has only the scripts that its elements need: its own, htmx, and the one for captioned players."""
    own = soup.select("script[src*='/built/']:not([data-player])")
    built = [str(script["src"]).rsplit("/", 1)[-1] for script in own]
    problems = [] if len(built) == 1 else [f"{len(built)} scripts of its own"]
    if bool(soup.select("[data-captioned]")) != bool(soup.select("script[data-player]")):
        problems.append("a captioned player without its script, or the reverse")
    if "site.js" in built and soup.find(id=NEEDING_A_SCRIPT):
        problems.append("a part that needs a script of its page's own")
    lean = {"recorder.js", "device_check.js"} & set(built)
    if lean and soup.select("form[data-keep], input[data-copy], time[data-local], [data-hx-get]"):
        problems.append("a part that static/js/page_parts.js lacks")
    uses_htmx = any(name.startswith("data-hx-") for element in soup.find_all(True) for name in element.attrs)
    if uses_htmx != bool(soup.select("script[src*=htmx]")):
        problems.append("htmx is used and not loaded" if uses_htmx else "htmx is loaded and not used")
    return problems


def _heading_problems(soup: BeautifulSoup) -> list[str]:
    levels = [int(heading.name[1]) for heading in soup.find_all(re.compile(r"h[1-6]"))]
    return [f"a heading jumps from {a} to {b}" for a, b in itertools.pairwise(levels) if b > a + 1]


def _id_problems(soup: BeautifulSoup, fragment: bool) -> list[str]:
    ids = [str(element["id"]) for element in soup.find_all(id=True)]
    problems = [f"id {name} twice" for name in sorted(set(ids)) if ids.count(name) > 1]
    if fragment:
        return problems
    for attribute in ("aria-labelledby", "aria-describedby", "for", "aria-controls"):
        for element in soup.find_all(attrs={attribute: True}):
            names = element[attribute] if isinstance(element[attribute], list) else str(element[attribute]).split()
            problems += [f"{attribute} points to {name}, which is not there" for name in names if name not in ids]
    return problems


def _label_problems(soup: BeautifulSoup) -> list[str]:
    problems = []
    labelled = {str(label["for"]) for label in soup.find_all("label", attrs={"for": True})}
    for control in soup.find_all(["input", "select", "textarea"]):
        if control.get("type") in ("hidden", "submit", "button"):
            continue
        named = control.get("aria-label") or control.get("aria-labelledby") or control.find_parent("label")
        if not named and control.get("id") not in labelled:
            problems.append(f"no label on {control.name} {control.get('name')}")
        if control.has_attr("required") and control.get("type") != "radio" and not control.get("aria-invalid"):
            problems.append(f"{control.get('name')} is required, and called invalid before anybody has touched it")
    for button in soup.find_all(["button", "a"]):
        words = "".join(button.find_all(string=True)).strip()  # get_text() ignores the content of <template> elements
        if not words and not button.get("aria-label") and not button.get("aria-labelledby"):
            problems.append(f"a {button.name} without a name")
    for image in soup.find_all("img"):
        if image.get("alt") is None:
            problems.append("an img without alt")
    return problems


def _inline_problems(soup: BeautifulSoup) -> list[str]:
    problems = [f"inline style on {element.name}" for element in soup.find_all(style=True)]
    for script in soup.find_all("script"):
        if not script.get("src") and script.get("type") != "application/json":
            problems.append("inline script")
    for element in soup.find_all(True):
        problems += [f"inline handler {name}" for name in element.attrs if name.startswith("on")]
    return problems

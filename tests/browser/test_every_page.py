"""Every page, narrow and wide: checkers find nothing, no page scrolls sideways, and its accessibility tree is as
approved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from random import Random
from secrets import token_urlsafe
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext

from app.status_routes import PARTS
from tests import factories
from tests.browser.axe import axe_problems
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.every_page import NO_PAGES, PERSONS, SCROLLS_SIDEWAYS, Noon, World, address, names_of
from tests.browser.nu import nu_problems
from tests.browser.trees import SOMEWHERE, TREES, tree_problems
from tests.factories import ANSWER

pytestmark = pytest.mark.timeout(300)
WIDTHS = WIDE, NARROW = 1280, 320
WIDTHS_TO_LOOK_AT = (1280, 390)
LOOKS = {"light": {}, "dark": {"color_scheme": "dark"}, "forced": {"forced_colors": "active"}}
"""Browser context settings for light, dark and forced colours."""
SCREENS = Path(__file__).parent.parent.parent / "var" / "screens"
"""The folder for screenshots that `make screens` takes. No test compares them, because fonts differ between machines.
"""
DIRECTIONS = {"en": "ltr", "ar": "rtl"}
SPEAKS = "() => [document.documentElement.lang, document.documentElement.dir]"


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("app.clock.datetime", Noon)
    monkeypatch.setattr("app.health.states", lambda: {**dict.fromkeys(PARTS, "ok"), "redis": "unavailable"})
    monkeypatch.setattr(factories, "_numbers", count(1))
    ids = count(1)  # ids in ascending order, so that lists sorted by id are in the order of creation
    counted = SimpleNamespace(
        token_bytes=lambda size: next(ids).to_bytes(size, "big"),
        token_urlsafe=token_urlsafe,
        choice=Random(1).choice,  # so that receipts and references are the same in every run
    )
    monkeypatch.setattr("app.ids.secrets", counted)
    return World()


@pytest.fixture
def contexts(launch: Callable[..., Browser], live_server: LiveServer) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []

    def open_for(*, look: str = "light", **session: Any) -> BrowserContext:
        context = launch().new_context(base_url=live_server.url, **SOMEWHERE, **LOOKS[look])
        opened.append(context)
        context.route("**/interview/connection", lambda route: route.abort())  # its result depends on the machine
        if session:
            live_server.sign(context, **session)
        return context

    yield open_for
    for context in opened:
        context.close()


def test_the_list_of_pages_is_complete(app: Flask, world: World) -> None:
    listed = {endpoint for pages in world.pages().values() for endpoint, _ in pages}
    found = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert found - NO_PAGES == listed


def test_every_approved_tree_belongs_to_a_page_or_state(world: World) -> None:
    named = {name for pages in world.pages().values() for name in names_of(pages)}
    tests = "".join(path.read_text(encoding="utf-8") for path in TREES.parent.rglob("test_*.py"))
    kept = {path.stem for path in TREES.glob("*.yml")}
    assert named <= kept
    assert {name for name in kept - named if f'"{name}"' not in tests} == set()


@pytest.mark.trees
@pytest.mark.parametrize("language", sorted(DIRECTIONS))
@pytest.mark.parametrize("person", PERSONS)
def test_no_checker_finds_anything_and_nothing_scrolls_sideways(
    app: Flask, world: World, contexts: Callable[..., BrowserContext], person: str, language: str
) -> None:
    page = contexts(**world.session_of(person), language=language).new_page()
    problems = []
    pages = world.pages()[person]
    for name, (endpoint, values) in zip(names_of(pages), pages, strict=True):
        path = address(app, endpoint, values)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            answer = page.goto(path)
            assert answer
            assert answer.ok, f"{endpoint}: {answer.status}"
            assert page.url.endswith(path), f"{endpoint} leads to {page.url}"
            assert page.evaluate(SPEAKS) == [language, DIRECTIONS[language]]
            is_whole = (language, width) == ("en", WIDE)
            found = [*nu_problems(answer.text()), *problems_of(page)] if is_whole else []
            found += axe_problems(page) if width == NARROW else []  # wide pages in Arabic: the next test
            problems += [f"{endpoint} at {width}: {problem}" for problem in found]
            problems += [f"{endpoint} at {width}: scrolls sideways"] if page.evaluate(SCROLLS_SIDEWAYS) else []
            problems += tree_problems(page, name) if is_whole else []
    assert problems == [], "\n".join(problems)


@pytest.mark.nightly
@pytest.mark.parametrize("person", PERSONS)
def test_axe_finds_nothing_on_a_wide_page_in_arabic(
    app: Flask, world: World, contexts: Callable[..., BrowserContext], person: str
) -> None:
    page = contexts(**world.session_of(person), language="ar").new_page()
    page.set_viewport_size({"width": WIDE, "height": 800})
    for endpoint, values in world.pages()[person]:
        page.goto(address(app, endpoint, values))
        assert axe_problems(page) == [], endpoint


@pytest.mark.screens
@pytest.mark.parametrize("look", sorted(LOOKS))
@pytest.mark.parametrize("person", PERSONS)
def test_screenshot_of_every_page_is_taken(
    app: Flask, world: World, contexts: Callable[..., BrowserContext], person: str, look: str
) -> None:
    page = contexts(**world.session_of(person), look=look).new_page()
    pages = world.pages()[person]
    for name, (endpoint, values) in zip(names_of(pages), pages, strict=True):
        for width in WIDTHS_TO_LOOK_AT:
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address(app, endpoint, values), wait_until="networkidle")
            file = SCREENS / f"{person}.{name}-{width}-{look}.png"
            page.screenshot(path=file, full_page=True, animations="disabled")
            assert file.stat().st_size > 0


def test_printed_compliance_page_has_no_buttons(
    app: Flask, world: World, contexts: Callable[..., BrowserContext]
) -> None:
    page = contexts(**world.session_of("compliance")).new_page()
    pages = dict(world.pages()["compliance"])
    for endpoint in ("people.person", "reports.report", "retention.overview"):
        page.goto(address(app, endpoint, pages[endpoint]))
        buttons = page.locator("main button:visible")
        assert buttons.count() > 0, f"{endpoint} has no button to leave out"
        page.emulate_media(media="print")
        assert buttons.count() == 0, f"{endpoint} prints its buttons"
        assert page.locator("main h1").is_visible()
        page.emulate_media(media="screen")


@pytest.mark.trees
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/nowhere", "error.nowhere"),
        ("/i/invented", "error.invitation"),
        ("/interview/questions/another", "error.question"),
        ("/media/another", "error.media"),
    ],
)
def test_no_checker_finds_anything_on_the_pages_of_errors(
    world: World, contexts: Callable[..., BrowserContext], path: str, name: str
) -> None:
    page = contexts(**world.session_of("candidate")).new_page()
    answer = page.goto(path)
    assert answer
    assert answer.status == 404
    assert problems_of(page) + tree_problems(page, name) == []


@pytest.mark.trees
@pytest.mark.parametrize(
    ("person", "endpoint", "name"),
    [
        ("nobody", "accounts.sign_in_page", "accounts.sign_in_page.wrong"),
        ("coordinator", "manage.new_interview", "manage.new_interview.wrong"),
        ("coordinator", "invitations.new_invitation", "invitations.new_invitation.wrong"),
        ("candidate", "recording.file_page", "recording.file_page.wrong"),
        ("compliance", "reviewers.exceptions", "reviewers.exceptions.wrong"),
    ],
)
def test_no_checker_finds_anything_on_a_form_that_was_sent_empty(
    app: Flask, world: World, contexts: Callable[..., BrowserContext], person: str, endpoint: str, name: str
) -> None:
    page = contexts(**world.session_of(person)).new_page()
    values = dict(world.pages()[person])[endpoint]
    page.goto(address(app, endpoint, values))
    page.locator("main form").last.evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    page.locator(".error-summary").wait_for()
    assert page.title().startswith("Error: ")
    assert problems_of(page) + tree_problems(page, name) == []


CYRILLIC = "1\n00:00:00,500 --> 00:00:02,000\nПривет всем\n\n2\n00:00:03,000 --> 00:00:04,500\nНочью в порту\n"
CAPTIONS_FILE = {"name": "night.srt", "mimeType": "text/plain", "buffer": CYRILLIC.encode("cp1251")}


@pytest.mark.trees
@pytest.mark.parametrize("language", sorted(DIRECTIONS))
@pytest.mark.parametrize(
    ("person", "endpoint", "files", "name"),
    [
        ("reviewer", "captions.import_page", {"file": CAPTIONS_FILE}, "captions.encoding"),
        (
            "coordinator",
            "question_media.edit",
            {"file": ANSWER, "captions": CAPTIONS_FILE},
            "manage.question_media_captions",
        ),
    ],
)
def test_no_checker_finds_anything_where_the_encoding_of_captions_is_asked_for(
    app: Flask, world: World, contexts: Callable[..., BrowserContext], person: str, endpoint: str,
    files: dict[str, Any], name: str, language: str,
) -> None:  # fmt: skip
    page = contexts(**world.session_of(person), language=language).new_page()
    page.goto(address(app, endpoint, dict(world.pages()[person])[endpoint]))
    for field, file in files.items():
        page.locator(f"#{field}").set_input_files(file)
    page.locator("form:has(#file) button[type=submit]").click()
    page.locator("#encoding").wait_for()
    is_whole = language == "en"
    problems = problems_of(page) + tree_problems(page, name) if is_whole else axe_problems(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert problems + axe_problems(page) == []
    assert not page.evaluate(SCROLLS_SIDEWAYS)

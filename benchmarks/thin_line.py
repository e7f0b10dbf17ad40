"""How soon can a candidate read a page and record, on a first visit over 50 kbit/s with 400 ms for a round trip?

Each page is loaded in a new Chromium context, so nothing is cached and no connection is open. In the same run, a
plain page of 90 kB is loaded over the same line. Needs Chromium and Playwright; without them, one line says so.
"""

from __future__ import annotations

import shutil
import statistics
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, Error, Page, sync_playwright

from benchmarks.line import ThinLine
from benchmarks.setting import Figure, application, folder
from tests.browser.every_page import World, address
from tools.local_server import served

BITS_PER_SECOND = 50_000
ROUND_TRIP_SECONDS = 0.4
ROUNDS = 3
PLAIN_BYTES = 90_000
CANDIDATES = ("nobody", "candidate", "declined", "finished")
"""The persons in tests/browser/every_page.py whose pages a candidate sees. A test compares that list with all routes."""
STAFF_ONLY = {"accounts.sign_in_page"}
RECORDERS = {
    "recording.question_page": "#record",
    "recording.practice": "#record",
    "recording.device_check": "#turn-on",
}
"""The button that starts the recorder of a page, by endpoint."""
START = "#record"
GOALS = {"bytes": 30_000.0, "requests": 8.0, "first_paint": 2.0, "usable": 4.0}
UNITS = {"bytes": "bytes", "requests": "requests", "first_paint": "s", "usable": "s"}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
WATCH = """
addEventListener("DOMContentLoaded", () => {
  const look = () => {
    const button = document.querySelector(SELECTOR);
    if (button?.getClientRects().length && !button.disabled) globalThis.usableAt = performance.now();
    else setTimeout(look, 20);
  };
  look();
});
"""
"""Notes when the button of a recorder is visible. It is shown when a press of it opens the camera and the microphone."""

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Visit:
    """A first visit to a page: bytes and requests, and seconds since the person followed the link."""

    bytes: float
    requests: float
    first_paint: float
    usable: float | None
    loaded: float
    begun: float | None = None
    """When the countdown begins for somebody who presses Start as soon as it is there."""


class Counted:
    """The application and the plain page. Counts the requests."""

    def __init__(self, app: Application) -> None:
        self.app, self.requests, self.lock = app, 0, threading.Lock()
        words = "A plain page with nothing but words. "
        self.plain = f"<!DOCTYPE html><title>Plain</title><p>{words * (PLAIN_BYTES // len(words))}".encode()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self.lock:
            self.requests += 1
        if environ["PATH_INFO"] != "/plain":
            return self.app(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(self.plain)))])
        return [self.plain]


def measure() -> Iterator[Figure]:
    """Visit every page of candidates several times, and yield the medians next to those of the plain page."""
    with folder() as place, application(place) as app:
        counted = Counted(app.wsgi_app)
        app.wsgi_app = counted  # type: ignore[method-assign]
        with served(app) as port, _chromium() as browser:
            if browser is None:
                yield Figure("first visits over a thin line", "not measured: Chromium or Playwright is missing")
                return
            plain = _visits(browser, counted, port, "/plain", None, {})
            yield Figure("a plain page of 90 kB, first visit over 50 kbit/s and 400 ms", _words(plain))
            for name, path, cookie, button in _pages(app):
                yield from _figures(name, _visits(browser, counted, port, path, button, cookie), plain)


@contextmanager
def _chromium() -> Iterator[Browser | None]:
    path = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error:
            yield None
            return
        yield browser
        browser.close()


def _pages(app: Flask) -> Iterator[tuple[str, str, dict[str, str], str | None]]:
    """Yield name, path, cookie, and the button of the recorder, of each page that a candidate can open."""
    world = World()
    listed = world.pages()
    fresh = ("recording.question_page", {"question_id": world.begun.interview.questions[1].id})
    listed["candidate"].insert(0, fresh)
    for person in CANDIDATES:
        values = world.session_of(person)
        cookie = {"fairtake": _cookie(app, **values)} if values else {}
        for endpoint, arguments in listed[person]:
            if endpoint not in STAFF_ONLY:
                name = "recording.question_page, nothing recorded" if (endpoint, arguments) == fresh else endpoint
                yield name, address(app, endpoint, arguments), cookie, RECORDERS.get(endpoint)


def _cookie(app: Flask, **values: object) -> str:
    interface = app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    serializer = interface.get_signing_serializer(app)
    assert serializer is not None
    return str(serializer.dumps({"_permanent": True, **values}))


def _visits(
    browser: Browser, counted: Counted, port: int, path: str, button: str | None, cookie: dict[str, str]
) -> Visit:
    """Visit a page several times, each time with an empty cache, and return the median of each number."""
    visits = [_visit(browser, counted, port, path, button, cookie) for _ in range(ROUNDS)]
    usable = [each.usable for each in visits if each.usable is not None]
    begun = [_begun(browser, port, path, cookie) for _ in range(ROUNDS)] if button == START else []
    return Visit(
        *(statistics.median(getattr(each, name) for each in visits) for name in ("bytes", "requests", "first_paint")),
        usable=statistics.median(usable) if usable else None,
        loaded=statistics.median(each.loaded for each in visits),
        begun=statistics.median(begun) if begun else None,
    )


@contextmanager
def _opened(browser: Browser, line: ThinLine, cookie: dict[str, str]) -> Iterator[tuple[Page, str]]:
    """Open an empty page behind the line. Yields it with the address of the site."""
    url = f"http://127.0.0.1:{line.port}"
    try:
        with browser.new_context(permissions=["camera", "microphone"]) as context:
            context.set_default_timeout(120_000)
            context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookie.items()])
            yield context.new_page(), url
    finally:
        line.close()


def _begun(browser: Browser, port: int, path: str, cookie: dict[str, str]) -> float:
    """Press Start as soon as it is there. Return the seconds until the countdown begins."""
    line = ThinLine(port, bits_per_second=BITS_PER_SECOND, round_trip_seconds=ROUND_TRIP_SECONDS)
    with _opened(browser, line, cookie) as (page, url):
        page.goto(url + path, wait_until="commit")
        page.locator(START).click()
        page.locator("[data-phase=countdown]").wait_for()
        return float(page.evaluate("performance.now()")) / 1000


def _visit(
    browser: Browser, counted: Counted, port: int, path: str, button: str | None, cookie: dict[str, str]
) -> Visit:
    line = ThinLine(port, bits_per_second=BITS_PER_SECOND, round_trip_seconds=ROUND_TRIP_SECONDS)
    before = counted.requests
    with _opened(browser, line, cookie) as (page, url):
        if button:
            page.add_init_script(WATCH.replace("SELECTOR", repr(button)))
        page.goto(url + path, wait_until="networkidle")
        usable = page.wait_for_function("() => globalThis.usableAt").json_value() / 1000 if button else None
        timing = page.evaluate(
            "() => [performance.getEntriesByName('first-contentful-paint')[0].startTime,"
            " performance.getEntriesByType('navigation')[0].loadEventEnd]"
        )
    return Visit(line.received, counted.requests - before, timing[0] / 1000, usable, timing[1] / 1000)


def _figures(name: str, ours: Visit, plain: Visit) -> Iterator[Figure]:
    met = all(_is_met(ours, goal) for goal in GOALS)
    yield Figure(
        f"{name}{'' if met else ' (a goal is missed)'}", _words(ours), _words(plain), ours.loaded / plain.loaded
    )
    for goal, limit in GOALS.items():
        mine = getattr(ours, goal)
        if mine is None:
            continue
        peer = getattr(plain, goal) or plain.loaded
        yes = "yes" if _is_met(ours, goal) else "no"
        values = f"ours={mine:g} peer={peer:g} ratio={mine / peer:.2f} goal={limit:g} met={yes}"
        print(f"figure={_file_name(name)}.{goal} {values}")


def _file_name(name: str) -> str:
    return name.split(".")[-1].replace(", ", "_").replace(" ", "_")


def _is_met(visit: Visit, goal: str) -> bool:
    value = getattr(visit, goal)
    return value is None or value <= GOALS[goal]


def _words(visit: Visit) -> str:
    usable = f", recorder usable after {visit.usable:.2f} s" if visit.usable else ""
    usable += f" (countdown after {visit.begun:.2f} s, if Start is pressed at once)" if visit.begun else ""
    return (
        f"{visit.bytes / 1000:.1f} kB, {visit.requests:.0f} requests, first paint after {visit.first_paint:.2f} s"
        f"{usable}, loaded after {visit.loaded:.1f} s"
    )

"""Drives a real Firefox by keyboard over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/).

Playwright supports only its own builds of Firefox, and Selenium needs a driver that is not in Debian. Firefox itself
supports BiDi: JSON over a WebSocket.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
LONG_S = 60.0
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
KEYS = {"Tab": "\ue004", "Enter": "\ue006", "ArrowDown": "\ue015"}
PREFERENCES = {
    "media.navigator.streams.fake": True,  # simulate a camera that shows colours and a microphone with a tone
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "app.update.auto": False,
    "app.normandy.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.safebrowsing.update.enabled": False,
}


class Firefox:
    """One tab of a running Firefox."""

    def __init__(self, connection: ClientConnection):
        self._connection, self._numbers = connection, count(1)
        self._send("session.new", capabilities={})
        # Use a new tab, because the address bar has the keyboard focus in the first tab.
        self.tab: str = self._send("browsingContext.create", type="tab", background=False)["context"]
        self._send("browsingContext.activate", context=self.tab)

    def open(self, address: str) -> None:
        """Open an address and wait until the page is loaded."""
        self._send("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def resize(self, width: int, height: int) -> None:
        """Set the size of the viewport in CSS pixels."""
        self._send("browsingContext.setViewport", context=self.tab, viewport={"width": width, "height": height})

    def reload(self) -> None:
        """Reload the page."""
        self._send("browsingContext.reload", context=self.tab, wait="complete")

    def read(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, awaited if it is a promise. JSON must be able to represent the
        value.
        """
        whole = f"(async () => JSON.stringify([await ({expression})]))()"
        found = self._send("script.evaluate", expression=whole, target={"context": self.tab}, awaitPromise=True)
        assert found["type"] == "success", f"{expression}: {found['exceptionDetails']['text']}"
        return json.loads(found["result"]["value"])[0]

    def wait_for(self, expression: str) -> None:
        """Wait until a JavaScript expression is true."""
        end = time.monotonic() + LONG_S
        while not self._holds(expression):
            assert time.monotonic() < end, f"never true: {expression}\n{self._page_in_words()}"
            time.sleep(0.1)

    def _holds(self, expression: str) -> bool:
        try:
            return bool(self.read(f"Boolean({expression})"))
        except (AssertionError, BidiError):
            return False  # the page is still loading

    def key(self, *names: str) -> None:
        """Press and release keys, one at a time."""
        values = [KEYS.get(name, name) for name in names]
        strokes = [{"type": stroke, "value": value} for value in values for stroke in ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": strokes}
        self._send("input.performActions", context=self.tab, actions=[keyboard])

    def close(self) -> None:
        """End the session and the browser."""
        self._send("browser.close")

    def _page_in_words(self) -> str:
        try:
            return str(self.read("location.href + '\\n' + document.body.innerText"))
        except (AssertionError, BidiError) as problem:
            return str(problem)

    def _send(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._connection.recv(timeout=LONG_S))
            if answer.get("id") == number:
                break
        if answer["type"] == "error":
            raise BidiError(f"{method}: {answer['error']}: {answer['message']}")
        return answer["result"]


class BidiError(Exception):
    """Firefox refused a command."""


@contextmanager
def running_firefox(folder: Path) -> Iterator[Firefox]:
    """Run a headless Firefox with a new profile in `folder`, and stop it at the end."""
    assert FIREFOX
    profile = folder / "profile"
    profile.mkdir(parents=True)
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    command = [FIREFOX, "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", str(profile)]
    log = folder / "firefox.log"
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            with connect(f"{_address(log, process)}/session", max_size=None) as connection:
                firefox = Firefox(connection)
                yield firefox
                firefox.close()
                process.wait(LONG_S)
        finally:
            process.kill()


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + LONG_S
    while time.monotonic() < end and process.poll() is None:
        found = LISTENING.search(log.read_text())
        if found:
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"Firefox did not start: {log.read_text()[-2000:]}")

"""A virtual desktop without a screen, with the real Orca, and a log of its words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tools.processes import end
from tools.processes import start as start_tied

HERE = Path(__file__).parent
A11Y_BUS = Path("/usr/libexec/at-spi-bus-launcher")
NUMBER = re.compile(r"^\d+\n\Z", re.MULTILINE)
PATIENCE = 90.0
"""Seconds until a wait fails. The time is long, because the machine may be busy."""


@dataclass(frozen=True)
class Given:
    """Words that Orca sent to its voice ("speech") or its braille display ("braille"), with the time in seconds."""

    at: float
    kind: str
    words: str


class Voice(Protocol):
    """The programs that make Orca audible (sound server and speech synthesizer), and the rate of speech (Orca's unit)."""

    rate: int

    def start(self, folder: Path, environment: dict[str, str], begin: Callable[..., None]) -> None:
        """Start the programs with `begin`, and add the variables that they need to the environment."""


class Reader:
    """A running Orca, and the keyboard of its desktop."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.log, self.environment = log, environment
        self.mark = 0

    def given(self, kind: str | None = None) -> list[Given]:
        """Return all words that Orca sent so far, in order, or only those for `kind`."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        every = [Given(**json.loads(line)) for line in lines if line.endswith("}")]
        return [one for one in every if kind in (None, one.kind)]

    def press(self, key: str) -> None:
        """Press a key on the desktop's keyboard. `new` then returns what Orca says from this moment on."""
        self.mark = len(self.given())
        subprocess.run(["xdotool", "key", "--clearmodifiers", key], env=self.environment, check=True)

    def type(self, words: str) -> None:
        """Type a text on the desktop's keyboard."""
        subprocess.run(["xdotool", "type", "--delay", "15", words], env=self.environment, check=True)

    def new(self, kind: str = "speech") -> list[str]:
        """Return what Orca said (or wrote in braille) since the last key press."""
        return [one.words for one in self.given()[self.mark :] if one.kind == kind]

    def hear(self, words: str, kind: str = "speech") -> None:
        """Wait until Orca has said these words since the last key press."""
        wait_until(lambda: any(words in one for one in self.new(kind)), lambda: f"{words!r} not in {self.new(kind)}")


def wait_until(is_true: Callable[[], object], explain: Callable[[], str]) -> None:
    """Wait until a condition is true. Raises AssertionError with the explanation after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.05)


@contextmanager
def running_orca(folder: Path, voice: Voice | None = None) -> Iterator[Reader]:
    """Run a desktop with Orca inside a `with` block. `folder` must be short, because paths of sockets are limited.

    Without `voice`, Orca makes no sound.
    """
    environment = environment_in(folder)
    bus, log = folder / "bus", folder / "given.jsonl"
    programs: list[subprocess.Popen[bytes]] = []

    def begin(*command: str) -> None:
        with open(folder / f"{Path(command[0]).name}.log", "wb") as output:
            programs.append(start_tied(command, environment=environment, output=output))

    try:
        begin("dbus-daemon", "--session", "--nofork", f"--address={environment['DBUS_SESSION_BUS_ADDRESS']}")
        wait_until(bus.exists, lambda: "the message bus does not start")
        begin("Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp")
        number = folder / "Xvfb.log"  # warnings come first if another display is in use
        wait_until(lambda: NUMBER.search(number.read_text()), lambda: f"no display: {number.read_text()}")
        environment["DISPLAY"] = f":{number.read_text().split()[-1]}"
        begin("openbox")
        begin(str(A11Y_BUS), "--launch-immediately", "--a11y=1", "--screen-reader=1")
        rate = []
        if voice:
            voice.start(folder, environment, begin)
            rate = [str(voice.rate)]
        begin("/usr/bin/python3", "-I", str(HERE / "orca_with_log.py"), str(folder / "orca"), str(log), *rate)
        reader = Reader(log, {**os.environ, **environment})
        reader.hear("Screen reader on.")
        yield reader
    finally:
        for program in reversed(programs):
            end(program)


def environment_in(folder: Path) -> dict[str, str]:
    """Return the environment of a separate desktop in this folder: its own home, settings and message bus."""
    folders = {
        "HOME": "home",
        "XDG_CONFIG_HOME": "home/.config",
        "XDG_DATA_HOME": "home/.local/share",
        "XDG_RUNTIME_DIR": "run",
    }
    for name in [*folders.values(), "orca"]:
        (folder / name).mkdir(parents=True, mode=0o700)
    return {
        **{name: str(folder / path) for name, path in folders.items()},
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder / 'bus'}",
        "GSETTINGS_BACKEND": "memory",
        "NO_AT_BRIDGE": "0",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    }

"""The programs that the tests need beside Python: which there are, and how to install the missing ones."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tools.postgres import NoPostgres, find_binaries
from tools.redis_server import NoRedis, find_redis

INSTALLER = Path(__file__).resolve().parent / "install-packages"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
HEADLESS_SHELL = "chromium-headless-shell"
"""Chromium without its own interface, which takes half the processor time. The tests use Chromium if it is missing."""
FIREFOX = ("firefox-esr", "firefox")
SCREEN_READER = {
    "orca": "orca", "Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "dbus-daemon": "dbus-daemon",
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
}  # fmt: skip
"""Programs that the screen reader tests need, with their Debian packages."""
AUDIBLE = {
    "pulseaudio": "pulseaudio", "speech-dispatcher": "speech-dispatcher", "spd-say": "speech-dispatcher",
    "/usr/lib/speech-dispatcher-modules/sd_espeak-ng": "speech-dispatcher-espeak-ng",
}  # fmt: skip
"""Programs that the tests with an audible screen reader need too. They are not run without them."""


def install_programs() -> None:
    """Install the Debian packages of missing programs, if possible."""
    wanted = {
        "chromium": has_chromium(),
        "firefox-esr": has_firefox(),
        "postgresql": _works(find_binaries),
        "redis-server": _works(find_redis),
        "npm": bool(shutil.which("npm")),
        "default-jre-headless": bool(shutil.which("java")),
    }
    lacking = [package for package, is_there in wanted.items() if not is_there]
    lacking += [SCREEN_READER[program] for program in lacking_for_a_screen_reader()]
    lacking += [AUDIBLE[program] for program in lacking_for_its_voice()]
    if "orca" in lacking:
        lacking += ["python3-pyatspi", "gir1.2-wnck-3.0"]
    if lacking:
        _install(*lacking)
    if not shutil.which(HEADLESS_SHELL):
        _install(HEADLESS_SHELL)  # by itself, because not every system has it and Chromium replaces it


def has_chromium() -> bool:
    """Return whether there is a Chromium."""
    return any(shutil.which(name) for name in CHROMIUM)


def has_firefox() -> bool:
    """Return whether there is a Firefox."""
    return any(shutil.which(name) for name in FIREFOX)


def lacking_for_a_screen_reader() -> list[str]:
    """Return the programs that are missing for the screen reader tests."""
    return [program for program in SCREEN_READER if not shutil.which(program)]


def lacking_for_its_voice() -> list[str]:
    """Return the programs that are missing for the tests with an audible screen reader."""
    return [program for program in AUDIBLE if not shutil.which(program)]


def _install(*packages: str) -> None:
    subprocess.run([str(INSTALLER), *packages], check=False)  # noqa: S603


def _works(find: Callable[[], object]) -> bool:
    try:
        find()
    except (NoPostgres, NoRedis):
        return False
    return True

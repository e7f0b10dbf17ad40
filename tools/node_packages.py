"""The npm packages of package.json: tools for scripts and style sheets, and page checkers. Development only."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "package-lock.json"
FOLDER = ROOT / "node_modules"
INSTALLED = FOLDER / ".installed"
"""Contains the hash of the installed lock file, once the installation is complete."""
INSTALL_TIMEOUT_S = 600


class NodePackageError(Exception):
    """A package is missing or cannot be installed. The message says why."""


def install_packages() -> None:
    """Install the packages of package-lock.json, with their hashes, unless they are installed already.

    Raises NodePackageError if the installation fails.
    """
    if is_installed():
        return
    npm = shutil.which("npm")
    if not npm:
        raise NodePackageError("npm is not installed")
    try:
        subprocess.run([npm, "ci"], check=True, capture_output=True, text=True, cwd=ROOT, timeout=INSTALL_TIMEOUT_S)  # noqa: S603
    except subprocess.CalledProcessError as error:
        raise NodePackageError(f"npm could not install the packages: {_first_line(error.stderr)}") from error
    except (subprocess.SubprocessError, OSError) as error:
        raise NodePackageError(f"npm could not install the packages: {error}") from error
    INSTALLED.write_text(_lock_hash(), encoding="utf-8")


def is_installed() -> bool:
    """Return whether all packages of the current lock file are installed."""
    return INSTALLED.is_file() and INSTALLED.read_text(encoding="utf-8") == _lock_hash()


def find_package(name: str) -> Path:
    """Return the folder of a package.

    Raises NodePackageError if it is missing or its version differs from the lock file.
    """
    folder = FOLDER / name
    try:
        found = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    except FileNotFoundError:
        raise NodePackageError(f"{name} is not installed") from None
    wanted = json.loads(LOCK.read_text(encoding="utf-8"))["packages"][f"node_modules/{name}"]["version"]
    if found != wanted:
        raise NodePackageError(f"{name} is installed in version {found}, and {wanted} is wanted")
    return folder


def _lock_hash() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def _first_line(output: str) -> str:
    lines = [line for line in output.splitlines() if "error" in line.lower()]
    return (lines or output.splitlines() or ["no reason given"])[0]


if __name__ == "__main__":
    try:
        install_packages()
    except NodePackageError as problem:
        sys.exit(str(problem))

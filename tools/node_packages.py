"""The npm packages of package.json: tools for scripts and style sheets, and the checkers of pages. Development only."""

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
"""Holds the hash of the lock file that was installed, once all of it is there."""
INSTALL_TIMEOUT_S = 600


class NodePackageError(Exception):
    """A package is not installed, or cannot be; says why."""


def install_packages() -> None:
    """Install exactly what package-lock.json names, with its hashes, unless that has been done; raises NodePackageError."""
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
    """Return whether all packages are there as the lock file names them now."""
    return INSTALLED.is_file() and INSTALLED.read_text(encoding="utf-8") == _lock_hash()


def find_package(name: str) -> Path:
    """Return the folder of a package; raises NodePackageError if it is missing or has another version than the lock file."""
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

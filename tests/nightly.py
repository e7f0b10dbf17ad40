"""Select the tests that only `make test-nightly` runs: repeats of a fact that `make test` shows once.

These are the tests marked `nightly` and, on PostgreSQL, tests that use the database only through pages: they have run
on SQLite, and `tests/fuzz` runs the statements of every page on PostgreSQL. A test is not left out if it uses the
session, SQLAlchemy or a function of the application itself, if its module is about one of SUBJECTS, or if it is marked
`every_database` because its pages show an order, a sum, a time or another result of the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

import pytest

from app.extensions import db
from tests.desk import origin_of

MARK = "nightly"
KEPT = "every_database"
SUBJECTS = (
    "app.review.search", "hypothesis", "tests.at_once", "tests.fuzz", "tests.lost_commits", "tests.recording.browsers",
    "tests.recording.candidate", "tests.recording.order_machine", "tests.recording.uploading", "tests.review.desk_pages",
    "tests.review.searching", "threading",
)  # fmt: skip
"""Modules for locks, simultaneous requests, requests in any order, searches and numbers of statements. All tests in a
module that imports one are run on both databases.
"""


def mark_nightly_tests(items: list[pytest.Item], *, on_postgresql: bool) -> None:
    """Mark the repeats on PostgreSQL that show nothing about the database."""
    for item in items if on_postgresql else ():
        if is_repeat(item):
            item.add_marker(MARK)


def is_repeat(item: pytest.Item) -> bool:
    """Return whether a test uses the database only through pages, so that on PostgreSQL it shows nothing new."""
    if item.get_closest_marker(KEPT) or not isinstance(item, pytest.Function):
        return False
    return not (is_about_a_subject(item.module) or uses_the_database(item.function))


def is_about_a_subject(module: ModuleType) -> bool:
    """Return whether a test module has imported one of SUBJECTS or one of its names."""
    return any(_is_from(value, SUBJECTS) for value in vars(module).values())


def uses_the_database(function: object) -> bool:
    """Return whether a test, or a function of its module that it calls, uses a function or a table of the application,
    the session, or SQLAlchemy.
    """
    return any(value is db or _is_from(value, ("sqlalchemy",)) or _acts(value) for value in _used_by(function, set()))


def _acts(value: object) -> bool:
    return isinstance(value, FunctionType | ModuleType) and _is_from(value, ("app",))


def _is_from(value: object, names: tuple[str, ...]) -> bool:
    origin = origin_of(value)
    return any(origin == name or origin.startswith(f"{name}.") for name in names)


def _used_by(function: object, seen: set[CodeType]) -> Iterator[object]:
    """Yield the values of all global names in a function, and in the functions of its module that it uses."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    if not isinstance(function, FunctionType) or function.__code__ in seen:
        return
    seen.add(function.__code__)
    for name in set(_names_in(function.__code__)) & function.__globals__.keys():
        value = function.__globals__[name]
        yield value
        if getattr(value, "__module__", None) == function.__module__:
            yield from _used_by(value, seen)


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)

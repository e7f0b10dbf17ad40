"""Watches the logs in every test: they must not contain the names and addresses that the factories use.

Messages from level INFO up are formatted as in the entry points (`app.traces`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from copy import copy

import pytest

from app.traces import WordlessFormatter
from tests.personal_data import PERSONAL

LOGGERS = ("app", "rq.worker", "uvicorn", "werkzeug")


class LogWatch(logging.Handler):
    """A log handler that collects the lines with personal data."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(WordlessFormatter("%(levelname)s %(name)s %(message)s"))
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Store a line that contains a name or an address."""
        own = copy(record)
        own.exc_text = None  # pytest's own handler has stored the formatted error there, with its message
        line = self.format(own)
        if PERSONAL.search(line):
            self.found.append(line)


@pytest.fixture(autouse=True)
def log_watch() -> Iterator[LogWatch]:
    """Fail a test that logs personal data."""
    watch = LogWatch()
    loggers = [logging.getLogger(), *map(logging.getLogger, LOGGERS)]
    levels = [logger.level for logger in loggers[1:]]
    for logger in loggers[1:]:
        logger.setLevel(min(logging.INFO, logger.level or logging.INFO))
    loggers[0].addHandler(watch)
    yield watch
    loggers[0].removeHandler(watch)
    for logger, level in zip(loggers[1:], levels, strict=True):
        logger.setLevel(level)
    assert not watch.found

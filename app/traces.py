"""Errors in logs: where they happened and what they are called, never what they say.

The message of an error quotes what it is about. PostgreSQL puts the row into it ("Key (email)=(...) already exists"),
SQLAlchemy the parameters, Python the text that is no number. So a trace here has files, lines and names alone.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any

log = logging.getLogger("fairtake.errors")
MAX_CAUSES = 10


class JobFailedError(Exception):
    """A job failed. The message is the name of the error: the queue keeps it, and what caused it is in the log."""


class WordlessFormatter(logging.Formatter):
    """Writes errors that are logged with a record as `trace_of` does."""

    def formatException(self, ei: Any) -> str:
        """Return the trace of an error, without what it says."""
        return trace_of(ei[1]) if ei[1] is not None else ""


def trace_of(error: BaseException) -> str:
    """Return the frames and names of an error and of what caused it, the first cause first. No messages, no values."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain and len(chain) < MAX_CAUSES:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(_one(each) for each in reversed(chain))


def without_words(job: Callable[..., Any]) -> Callable[..., Any]:
    """Return a job whose errors reach the queue by their names alone: it keeps what they say, and logs it."""

    @wraps(job)
    def run(*args: Any, **named: Any) -> Any:
        try:
            return job(*args, **named)
        except Exception as problem:  # noqa: BLE001 - raised again below, without what it says
            name = type(problem).__name__
            log.error("job failed: job=%s error=%s\n%s", job.__name__, name, trace_of(problem))
        raise JobFailedError(name)

    return run


def install() -> None:
    """Log what nothing in this process has caught in the same way. For the entry points alone."""
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda arguments: _log_uncaught(
        arguments.exc_type, arguments.exc_value, arguments.exc_traceback
    )
    for handler in logging.getLogger().handlers:
        format_of = handler.formatter._fmt if handler.formatter else None
        handler.setFormatter(WordlessFormatter(format_of))


def _log_uncaught(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("uncaught: error=%s\n%s", kind.__name__, trace_of(error) if error else "")


def _one(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames]
    code = getattr(getattr(error, "orig", error), "sqlstate", None)
    return "\n".join([*lines, type(error).__qualname__ + (f" (SQLSTATE {code})" if code else "")])

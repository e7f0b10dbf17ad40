"""Log errors with their place and name, but never with their message.

Error messages quote data: PostgreSQL quotes the row ("Key (email)=(...) already exists"), SQLAlchemy the parameters,
Python the text that is not a number. So a logged trace contains only files, lines and names.
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
    """A job failed. The message, which the queue keeps, is the name of the error. The log contains the cause."""


class WordlessFormatter(logging.Formatter):
    """A formatter that formats the error of a log record with `trace_of`."""

    def formatException(self, ei: Any) -> str:
        """Return the trace of an error without its message."""
        return trace_of(ei[1]) if ei[1] is not None else ""


def trace_of(error: BaseException) -> str:
    """Return the stack frames and names of an error and its causes, first cause first, without messages or values."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain and len(chain) < MAX_CAUSES:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(_one(each) for each in reversed(chain))


def without_words(job: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a job so that the queue gets only the names of its errors, and the log gets the traces."""

    @wraps(job)
    def run(*args: Any, **named: Any) -> Any:
        try:
            return job(*args, **named)
        except Exception as problem:  # noqa: BLE001 - raised again below, without its message
            name = type(problem).__name__
            log.error("job failed: job=%s error=%s\n%s", job.__name__, name, trace_of(problem))
        raise JobFailedError(name)

    return run


def install() -> None:
    """Log uncaught errors of this process without their messages. Only for entry points."""
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
    log.critical("uncaught error: error=%s\n%s", kind.__name__, trace_of(error) if error else "")


def _one(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames]
    code = getattr(getattr(error, "orig", error), "sqlstate", None)
    return "\n".join([*lines, type(error).__qualname__ + (f" (SQLSTATE {code})" if code else "")])

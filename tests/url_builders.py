"""Shares the compiled builders of URLs between the applications of a test process.

Each test makes an application, and nine tenths of that (65 of 72 ms) was Werkzeug compiling two builders for each of 127
routes. A builder depends on its rule alone: it asks the rule that it is bound to for converters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]
_compile: Callable[[Rule, bool], Builder] = Rule._compile_builder
_compiled: dict[tuple[object, ...], Builder] = {}


def share_url_builders() -> None:
    """Compile the builders of each rule once in this process."""
    Rule._compile_builder = _compile_once  # type: ignore[method-assign]


def _compile_once(rule: Rule, append_unknown: bool = True) -> Any:
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]

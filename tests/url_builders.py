"""Share what Werkzeug makes of each route between the applications in a test process.

Creating an application took 72 ms, of which Werkzeug spent 65 ms compiling two builders for each of 127 routes, and half
of the rest parsing the routes. Sharing is safe because a builder depends only on its rule and gets its converters from
the rule it is bound to, because what is parsed is only read, and because no application has converters or domains of
its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]
PARSED = ("_parts", "_trace", "_converters", "arguments")
"""Attributes of a rule that `Rule.compile` sets, except the builders, which are bound to the rule."""
_parse: Callable[[Rule], None] = Rule.compile
_parsed: dict[tuple[object, ...], dict[str, Any]] = {}
_compile: Callable[[Rule, bool], Builder] = Rule._compile_builder
_compiled: dict[tuple[object, ...], Builder] = {}


def share_url_builders() -> None:
    """Make Werkzeug parse and compile each rule only once in this process."""
    Rule.compile = _parse_once  # type: ignore[method-assign]
    Rule._compile_builder = _compile_builder_once  # type: ignore[method-assign]


def _parse_once(rule: Rule) -> None:
    key = (rule.rule, rule.host, rule.subdomain, rule.merge_slashes, repr(rule.defaults))
    if key not in _parsed:
        _parse(rule)
        _parsed[key] = {name: getattr(rule, name) for name in PARSED}
        return
    vars(rule).update(_parsed[key])
    rule._build = rule._compile_builder(False).__get__(rule, None)
    rule._build_unknown = rule._compile_builder(True).__get__(rule, None)


def _compile_builder_once(rule: Rule, append_unknown: bool = True) -> Any:
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]

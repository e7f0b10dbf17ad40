"""Asks the Nu HTML checker about documents. All processes of `make test` share one checker (tools/nu_checker.py)."""

from __future__ import annotations

import atexit
import json
import os
from contextlib import ExitStack
from functools import cache
from urllib.request import Request, urlopen

from tools.nu_checker import ADDRESS, NoNuChecker, find_nu_checker, running_nu_checker

PATIENCE_S = 120


def nu_problems(html: str) -> list[str]:
    """Return every error and warning about a document; [] if the checker is not installed."""
    address = _running()
    return _ask(address, html) if address else []


@cache
def _running() -> str | None:
    """Return the address of the checker, or None if it is not installed. Without a given one, start one for this process."""
    if given := os.environ.get(ADDRESS):
        return given
    try:
        find_nu_checker()
    except NoNuChecker:
        return None
    until_exit = ExitStack()
    atexit.register(until_exit.close)
    return until_exit.enter_context(running_nu_checker())


def _ask(address: str, html: str) -> list[str]:
    question = Request(f"{address}/?out=json", html.encode(), {"Content-Type": "text/html; charset=utf-8"})
    with urlopen(question, timeout=PATIENCE_S) as answer:
        said = json.load(answer)["messages"]
    return [f"Nu: {one['message']} In: {one.get('extract', '')}" for one in said]

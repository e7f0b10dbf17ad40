"""Cells that a spreadsheet shows and never runs. Pure."""

from __future__ import annotations

import unicodedata

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula may begin with, the wide forms of the signs too (OWASP, CSV Injection)."""
UNSEEN = ("Zs", "Cf")
"""Categories of characters in front of it that a spreadsheet may pass over: spaces of every width, marks of no width."""


def safe_cell(value: object) -> object:
    """Return what to write: text that a spreadsheet might run gets an apostrophe in front, None is empty."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    first = next((letter for letter in value if unicodedata.category(letter) not in UNSEEN), "")
    return f"'{value}" if first in RISKY else value

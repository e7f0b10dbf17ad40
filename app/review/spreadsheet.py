"""Cells that a spreadsheet shows and never runs. Pure."""

from __future__ import annotations

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a formula may begin with (OWASP, CSV Injection)."""


def safe_cell(value: object) -> object:
    """Return what to write: text that a spreadsheet might run gets an apostrophe in front, None is empty."""
    if value is None:
        return ""
    if isinstance(value, str) and value.lstrip(" ").startswith(RISKY):
        return f"'{value}"
    return value

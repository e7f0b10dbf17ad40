"""Make text safe for spreadsheet cells, so that no program runs it as a formula. No I/O."""

from __future__ import annotations

import unicodedata

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Characters that can begin a formula, including the full-width forms of the signs (OWASP, CSV Injection)."""
UNSEEN = ("Zs", "Cf")
"""Unicode categories of characters that a spreadsheet may skip before a formula: spaces and invisible characters."""


def safe_cell(value: object) -> object:
    """Return the value for a cell.

    Text that a spreadsheet might run as a formula gets an apostrophe in front; None becomes an empty text.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    first = next((letter for letter in value if unicodedata.category(letter) not in UNSEEN), "")
    return f"'{value}" if first in RISKY else value

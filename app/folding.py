"""Text without differences that people do not see or do not type: upper and lower case, ways to write one letter. Pure."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Return the text case-folded, in one normal form: equal for ÖMER, ömer, and an o that has its dots beside it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).casefold())

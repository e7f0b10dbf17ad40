"""Text folding for search: letter case and different encodings of one letter are made equal. Pure."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Return the text case-folded, in one normal form: equal for ÖMER, ömer, and an o with a combining diaeresis."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).casefold())

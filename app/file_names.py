"""Names of downloaded files: built from their content, in characters that every system accepts."""

from __future__ import annotations

import unicodedata

MAX_BYTES = 150
"""Maximum length of a name in bytes. Systems accept 255 bytes, and a browser adds a number if the name exists."""
KEPT = ("L", "M", "N")
"""Categories of characters that are kept: letters, marks, digits. All others, such as slashes, become a hyphen."""


def file_name(*parts: object, suffix: str) -> str:
    """Return a name made of `parts`, joined by hyphens. Parts that are None are left out. `suffix` has no dot."""
    words = " ".join(str(part) for part in parts if part is not None)
    kept = "".join(
        letter if unicodedata.category(letter)[0] in KEPT else " " for letter in unicodedata.normalize("NFC", words)
    )
    stem = "-".join(kept.lower().split()).encode()[:MAX_BYTES].decode(errors="ignore").strip("-")
    return f"{stem or 'file'}.{suffix}"

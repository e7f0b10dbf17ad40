"""What a file is called that somebody downloads: after what it holds, in letters that every system takes. Pure."""

from __future__ import annotations

import unicodedata

MAX_BYTES = 150
"""Systems take names of 255 bytes; a browser adds to one that is there already."""
KEPT = ("L", "M", "N")
"""Categories of characters that stay: letters, their marks, digits. All others, such as slashes, become a hyphen."""


def file_name(*parts: object, suffix: str) -> str:
    """Return a name made of what a file holds, with hyphens between; empty parts are left out. `suffix` has no dot."""
    words = " ".join(str(part) for part in parts if part is not None)
    kept = "".join(
        letter if unicodedata.category(letter)[0] in KEPT else " " for letter in unicodedata.normalize("NFC", words)
    )
    stem = "-".join(kept.lower().split()).encode()[:MAX_BYTES].decode(errors="ignore").strip("-")
    return f"{stem or 'file'}.{suffix}"

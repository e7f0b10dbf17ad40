"""Check redirect targets that come with a request."""

from __future__ import annotations

from urllib.parse import urlsplit

MAX_LENGTH = 2000
"""Maximum length of an address in characters. All addresses of this site are shorter."""


def local_address(address: str | None) -> str | None:
    """Return the address if it is on this site and safe in a header (no line breaks), else None."""
    if not address or len(address) > MAX_LENGTH or not address.isprintable():
        return None
    if not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc and "\\" not in address else None

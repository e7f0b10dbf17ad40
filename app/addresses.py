"""Addresses that a request brings along, to go on to."""

from __future__ import annotations

from urllib.parse import urlsplit


def local_address(address: str | None) -> str | None:
    """Return the address if it leads to this site and nowhere else."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc and "\\" not in address else None

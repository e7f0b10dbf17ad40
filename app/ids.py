"""Opaque identifiers and secret tokens."""

import base64
import hashlib
import secrets

READABLE = "23456789BCDFGHJKMNPQRTVWXY"
"""Digits and letters without vowels, which could form words, and without easily confused characters."""
REFERENCE_LENGTH = 6
ID_BYTES = 16
TOKEN_BYTES = 32


def new_id() -> str:
    """Return a random 128-bit identifier: 26 lower-case base32 characters, safe in URLs and file names."""
    return base64.b32encode(secrets.token_bytes(ID_BYTES)).decode().rstrip("=").lower()


def new_reference() -> str:
    """Return a random reference of six letters and digits, for people. It reveals nothing about its owner."""
    return "".join(secrets.choice(READABLE) for _ in range(REFERENCE_LENGTH))


def new_token() -> str:
    """Return a random 256-bit secret for a link: 43 URL-safe characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token as 64 hexadecimal characters. Only this form is stored."""
    return hashlib.sha256(token.encode()).hexdigest()

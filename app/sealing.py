"""Encrypt confidential texts before they reach the database, with a key from the configuration.

Uses Fernet (AES-128 in CBC mode with HMAC-SHA256) from the `cryptography` package. If there are several keys, the first
one encrypts and all of them decrypt, so that a key can be replaced.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app
from flask_babel import gettext as _

from app.config import Config

PURPOSE = b"fairtake: sealed texts"


class UnsealError(Exception):
    """No key decrypts the text: the key was lost, or the row was changed."""


class Sealer:
    """Encrypts and decrypts texts."""

    def __init__(self, keys: list[str]):
        self._fernet = MultiFernet([Fernet(_key_from(key)) for key in keys])

    def seal(self, text: str) -> str:
        """Return the encrypted text in ASCII. Each call gives a different result."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def unseal(self, sealed: str) -> str:
        """Return the decrypted text. Raises UnsealError if no key decrypts it."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode()
        except (InvalidToken, UnicodeError) as problem:
            raise UnsealError() from problem

    def read(self, sealed: str | None) -> str | None:
        """Return the decrypted text, or a placeholder if no key decrypts it. None gives None."""
        if sealed is None:
            return None
        try:
            return self.unseal(sealed)
        except UnsealError:
            return _("[This text cannot be read: the key that it was encrypted with is lost.]")


def init_app(app: Flask) -> None:
    """Create the sealer of this application from the configured keys, or from the secret key if there are none."""
    config: Config = app.config["FAIRTAKE"]
    app.extensions["sealer"] = Sealer(list(config.sealing_keys) or [config.secret_key])


def get_sealer() -> Sealer:
    """Return the sealer of the current application."""
    sealer: Sealer = current_app.extensions["sealer"]
    return sealer


def _key_from(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)

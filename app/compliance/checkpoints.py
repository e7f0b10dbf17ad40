"""Checkpoints: the signed head of the audit log, to be stored where people with access to the database have no access.

A hash chain alone does not reveal that somebody has rewritten all of it. A checkpoint stored elsewhere does: if the log
was rewritten, it no longer contains the event that was signed. Checkpoints are signed with Ed25519 (RFC 8032) of the
`cryptography` package, over the canonical JSON of [format, number, hash, at].
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.audit import GENESIS, Link
from app.config import Config

FORMAT = "fairtake audit checkpoint 1"
PURPOSE = b"fairtake: audit checkpoints"


class CheckpointError(Exception):
    """A line of the file is not a checkpoint signed by this key. The message names the line and the reason."""


def signing_key(config: Config) -> Ed25519PrivateKey:
    """Return the signing key of this installation, derived from `checkpoint_key` or (if empty) from the secret key."""
    secret = config.checkpoint_key or config.secret_key
    return Ed25519PrivateKey.from_private_bytes(
        HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    )


def public_key(config: Config) -> str:
    """Return the public key, 32 bytes in base64. An auditor needs it with the checkpoints."""
    return _text(signing_key(config).public_key().public_bytes_raw())


def make(head: Link, config: Config, *, now: datetime) -> str:
    """Return a checkpoint of the head of the log, as one line of JSON."""
    fields = {"format": FORMAT, "number": head.number, "hash": head.hash, "at": now.isoformat(timespec="seconds")}
    signature = _text(signing_key(config).sign(_signed(fields)))
    return json.dumps({**fields, "key": public_key(config), "signature": signature})


def read(lines: str, key: str) -> Iterator[Link]:
    """Yield the links in a file of checkpoints, one on each line.

    Raises CheckpointError if a line is not a checkpoint signed by the public `key`, or if the file is empty.
    """
    is_empty = True
    for number, line in enumerate(lines.splitlines(), 1):
        if line.strip():
            is_empty = False
            yield _link(line, key, f"line {number}")
    if is_empty:
        raise CheckpointError("the file is empty")


def _link(line: str, key: str, where: str) -> Link:
    try:
        fields = json.loads(line)
        signature, number, digest = base64.b64decode(fields["signature"]), fields["number"], fields["hash"]
        is_one = fields["format"] == FORMAT and isinstance(number, int) and number >= 0 and len(digest) == len(GENESIS)
        signed = _signed(fields)
    except (ValueError, KeyError, TypeError) as problem:
        raise CheckpointError(f"{where} is not a checkpoint") from problem
    if not is_one:
        raise CheckpointError(f"{where} is not a checkpoint")
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(signature, signed)
    except ValueError as problem:
        raise CheckpointError("the public key is not 32 bytes in base64") from problem
    except InvalidSignature as problem:
        reason = (
            "was changed" if fields.get("key") == key else "was signed with another key: use --key to give that key"
        )
        raise CheckpointError(f"the checkpoint in {where} {reason}") from problem
    return Link(number, digest)


def _signed(fields: Mapping[str, Any]) -> bytes:
    return json.dumps([fields[name] for name in ("format", "number", "hash", "at")], separators=(",", ":")).encode()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")

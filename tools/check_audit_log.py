"""Check an exported audit log without Fairtake: `python check_audit_log.py EXPORT [CHECKPOINTS PUBLIC_KEY]`.

For auditors. EXPORT is the file written by `flask --app wsgi audit export`. CHECKPOINTS is the file written by `audit
checkpoint` and stored on another machine. PUBLIC_KEY is printed by `audit key`. Checking the chain needs only Python;
checking signatures needs the package cryptography.

Exit status 0: the log is intact and contains every checkpoint. Exit status 1: the log is broken, and the first broken
link is named.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path

GENESIS = "0" * 64
HASHED = ("number", "at", "action", "actor_kind", "actor_id", "subject_kind", "subject_id", "details", "previous")
SIGNED = ("format", "number", "hash", "at")


class InvalidLogError(Exception):
    """The log or a checkpoint is invalid. The message says where."""


def checkpoints(lines: Iterable[str], public_key: str) -> dict[int, str]:
    """Return {number: hash} of signed checkpoints. Raises Broken if a signature is invalid."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
    held = {}
    for fields in map(json.loads, lines):
        signed = json.dumps([fields[name] for name in SIGNED], separators=(",", ":")).encode()
        try:
            key.verify(base64.b64decode(fields["signature"]), signed)
        except InvalidSignature:
            raise InvalidLogError(f"the checkpoint of event {fields['number']} was not signed by this key") from None
        held[fields["number"]] = fields["hash"]
    return held


def check(lines: Iterable[str], held: dict[int, str]) -> int:
    """Verify the chain, and return its number of events. Raises Broken if the chain is broken.

    `app.audit.verify` makes the same checks of the chain in the database: change both.
    """
    number, previous, found = 0, GENESIS, {0: GENESIS}
    for line in lines:
        event = json.loads(line)
        number += 1
        canonical = json.dumps([event[name] for name in HASHED], sort_keys=True, separators=(",", ":"))
        if event["number"] != number:
            raise InvalidLogError(f"event {number} is missing")
        if event["previous"] != previous or event["hash"] != hashlib.sha256(canonical.encode()).hexdigest():
            raise InvalidLogError(f"event {number} was changed, or does not follow from the event before it")
        previous = event["hash"]
        if number in held:
            found[number] = previous
    for place, digest in sorted(held.items()):
        if found.get(place) != digest:
            raise InvalidLogError(f"event {place} differs from its checkpoint: the log was rewritten or cut short")
    return number


def main(arguments: list[str]) -> int:
    """Check the files and print the result."""
    if len(arguments) not in (1, 3):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        held = checkpoints(Path(arguments[1]).read_text().splitlines(), arguments[2]) if len(arguments) > 1 else {}
        with Path(arguments[0]).open(encoding="utf-8") as lines:
            count = check(lines, held)
    except InvalidLogError as problem:
        print(f"The log is broken: {problem}.", file=sys.stderr)
        return 1
    except (OSError, ValueError, KeyError, TypeError) as problem:
        print(f"The export or the checkpoints cannot be read: {problem!r}.", file=sys.stderr)
        return 1
    print(f"The log is whole: {count} events. It matches {len(held)} checkpoints.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Browsers in which somebody has signed in before.

Wrong passwords for an account are counted by network address and account, so that a stranger elsewhere cannot lock its
owner out. Where many addresses try one account at once, its owner still gets in with a browser that is known: such a
browser counts its own tries.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

from app.ids import new_id

COOKIE = "fairtake-device"
LIFETIME = timedelta(days=180)
MAX_ACCOUNTS = 5
"""Accounts that one browser is known for: a shared desk has a few, and the cookie stays small."""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A browser: its random id, and keyed digests of the accounts that signed in with it, the latest first."""

    id: str = field(default_factory=new_id)
    accounts: tuple[str, ...] = ()

    def with_account(self, account: str) -> KnownDevice:
        """Return this browser after somebody signed in to `account` (a digest)."""
        others = [known for known in self.accounts if known != account]
        return KnownDevice(self.id, (account, *others)[:MAX_ACCOUNTS])


def account_digest(secret_key: str, email: str) -> str:
    """Return a keyed digest of an address, to count by and to keep in a browser without naming anybody."""
    return hmac.new(secret_key.encode(), f"account:{email}".encode(), hashlib.sha256).hexdigest()[:32]


def read_device(secret_key: str, cookie: str | None) -> KnownDevice | None:
    """Return the browser that a cookie names; None for no cookie, an expired one or one that was not made here."""
    try:
        found = _serializer(secret_key).loads(cookie or "", max_age=int(LIFETIME.total_seconds()))
        return KnownDevice(str(found["id"]), tuple(map(str, found["accounts"])))
    except (BadData, KeyError, TypeError):
        return None


def write_device(secret_key: str, device: KnownDevice) -> str:
    """Return the cookie of a browser."""
    return str(_serializer(secret_key).dumps({"id": device.id, "accounts": list(device.accounts)}))


def _serializer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="known device")

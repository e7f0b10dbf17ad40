"""Known devices: browsers in which staff have signed in before.

Wrong passwords are counted for each combination of network and account, so that a stranger elsewhere cannot lock the
owner out. If many networks attack one account, its owner can still sign in with a known browser, which is counted
separately.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass, field
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

from app.ids import new_id

COOKIE = "fairtake-device"
LIFETIME = timedelta(days=180)
MAX_ACCOUNTS = 5
"""Maximum number of accounts remembered in one browser. Enough for a shared computer, and the cookie stays small."""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A browser: its random id, and keyed digests of the accounts that signed in with it, latest first."""

    id: str = field(default_factory=new_id)
    accounts: tuple[str, ...] = ()

    def with_account(self, account: str) -> KnownDevice:
        """Return this browser with `account` (a digest) as its latest account."""
        others = [known for known in self.accounts if known != account]
        return KnownDevice(self.id, (account, *others)[:MAX_ACCOUNTS])


def network_of(address: str) -> str:
    """Return the network of a client, for counting: its IPv4 address, or the first 64 bits of its IPv6 address.

    One household or server usually has all addresses of such an IPv6 network. Some proxies add a port to the address.
    """
    try:
        found = ipaddress.ip_address(_without_port(address))
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)


def _without_port(address: str) -> str:
    """Return `192.0.2.1` for `192.0.2.1:80`, and `2001:db8::1` for `[2001:db8::1]:80` or `2001:db8::1%eth0`."""
    address = address.strip()
    if address.startswith("["):
        return address[1:].partition("]")[0].partition("%")[0]
    if address.count(":") == 1:
        return address.partition(":")[0]
    return address.partition("%")[0]


def account_digest(secret_key: str, email: str) -> str:
    """Return a keyed digest of an address, for counting and for the cookie. It does not reveal the address."""
    return hmac.new(secret_key.encode(), f"account:{email}".encode(), hashlib.sha256).hexdigest()[:32]


def read_device(secret_key: str, cookie: str | None) -> KnownDevice | None:
    """Return the known browser in a cookie, or None if the cookie is missing, expired or forged."""
    try:
        found = _serializer(secret_key).loads(cookie or "", max_age=int(LIFETIME.total_seconds()))
        return KnownDevice(str(found["id"]), tuple(map(str, found["accounts"])))
    except (BadData, KeyError, TypeError):
        return None


def write_device(secret_key: str, device: KnownDevice) -> str:
    """Return the cookie value for a known browser."""
    return str(_serializer(secret_key).dumps({"id": device.id, "accounts": list(device.accounts)}))


def _serializer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="known device")

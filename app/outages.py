"""Failures of what surrounds the work: the database, Redis, the storage, or a full disk.

The work is not their cause. So they use up none of its attempts, and it is done when the outage is over.
"""

from __future__ import annotations

import shutil

from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError

from app import temporary
from app.errors import BusyError
from app.storage import StorageUnavailableError

MIN_FREE_BYTES = 64 * 1024 * 1024
"""Disk space needed for recordings that are being uploaded or prepared. With less, a disk counts as full."""
AWAY = (StorageUnavailableError, OperationalError, InterfaceError, RedisError, BusyError)


def is_outage(problem: Exception) -> bool:
    """Return whether work failed because of an outage, and not because of itself.

    Work that alone needs more disk space than there is has freed it by now, so it fails because of itself.
    """
    return isinstance(problem, AWAY) or not has_room()


def has_room() -> bool:
    """Return whether the disk of the temporary files has enough space."""
    try:
        return shutil.disk_usage(temporary.root()).free >= MIN_FREE_BYTES
    except OSError:
        return False

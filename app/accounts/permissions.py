"""Permissions: one map of named predicates over the current user. What is not in the map is denied to everybody.

A permission opens a kind of page to a kind of person. Whether *this* interview or take is theirs is checked by the
service that loads it. It answers "not found" both if it does not exist and if it belongs to someone else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: the roles of a signed-in user, and whether an invitation has been opened in this browser; after
    sending (`is_returning`) that opens nothing but the way for what the browser still holds.
    """

    roles: frozenset[str] = frozenset()
    is_candidate: bool = False
    is_returning: bool = False


def anyone(_asker: Principal) -> bool:
    """Everybody."""
    return True


def candidate(asker: Principal) -> bool:
    """A person who opened an invitation."""
    return asker.is_candidate


def sender(asker: Principal) -> bool:
    """Someone whose recording may be on its way."""
    return asker.is_candidate or asker.is_returning


def staff(asker: Principal) -> bool:
    """Anyone who is signed in."""
    return bool(asker.roles)


def has_role(*roles: str) -> Callable[[Principal], bool]:
    """Anyone who is signed in with one of these roles."""
    return lambda asker: not asker.roles.isdisjoint(roles)


PERMISSIONS: Mapping[str, Callable[[Principal], bool]] = {
    "public": anyone,
    "interview.take_part": candidate,
    "interview.deliver": sender,
    "upload": sender,
    "media.watch": lambda asker: asker.is_candidate or "reviewer" in asker.roles,
    "prompt.watch": lambda asker: asker.is_candidate or not asker.roles.isdisjoint({"coordinator", "administrator"}),
    "account.own": staff,
    "review.read": has_role("reviewer"),
    "captions.correct": has_role("reviewer"),
    "interviews.manage": has_role("coordinator", "administrator"),
    "accommodations.decide": has_role("coordinator"),
    "compliance.read": has_role("compliance"),
    "status.read": has_role("administrator", "compliance"),
}


def is_allowed(asker: Principal, permission: str) -> bool:
    """Whether the asker has the permission; an unknown permission is denied."""
    predicate = PERMISSIONS.get(permission)
    return predicate is not None and predicate(asker)

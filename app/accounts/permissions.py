"""Permissions: one map of named predicates over the current user. Anything not in the map is denied to everyone.

A permission decides which people may open a kind of page. The service that loads an object checks whether it belongs to
that person. The service raises NotFoundError both if the object does not exist and if it belongs to someone else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """The person who makes a request: their roles as staff, and whether this browser has opened an invitation.

    `is_returning` means that the answers were sent. The person can then only upload recordings that the browser still
    holds.
    """

    roles: frozenset[str] = frozenset()
    is_candidate: bool = False
    is_returning: bool = False


def anyone(_principal: Principal) -> bool:
    """Return True: the permission is public."""
    return True


def candidate(principal: Principal) -> bool:
    """Return whether the person has opened an invitation."""
    return principal.is_candidate


def sender(principal: Principal) -> bool:
    """Return whether the person may still have recordings to upload."""
    return principal.is_candidate or principal.is_returning


def staff(principal: Principal) -> bool:
    """Return whether the person is signed in as staff."""
    return bool(principal.roles)


def has_role(*roles: str) -> Callable[[Principal], bool]:
    """Return a predicate for staff who have one of these roles."""
    return lambda principal: not principal.roles.isdisjoint(roles)


PERMISSIONS: Mapping[str, Callable[[Principal], bool]] = {
    "public": anyone,
    "interview.take_part": candidate,
    "interview.deliver": sender,
    "upload": sender,
    # Services then check who may watch or correct which recording: reviewers, and coordinators who caption it.
    "media.watch": lambda principal: (
        principal.is_candidate or not principal.roles.isdisjoint({"reviewer", "coordinator"})
    ),
    "question_media.watch": lambda principal: (
        principal.is_candidate or not principal.roles.isdisjoint({"coordinator", "administrator"})
    ),
    "account.own": staff,
    "review.read": has_role("reviewer"),
    "captions.correct": has_role("reviewer", "coordinator"),
    "captions.provide": has_role("coordinator"),
    "interviews.manage": has_role("coordinator", "administrator"),
    # `interviews/separation.py` then refuses the requests of an interview that the person reviews.
    "accommodations.decide": has_role("coordinator"),
    "compliance.read": has_role("compliance"),
    "compliance.manage": has_role("compliance"),
    "status.read": has_role("administrator", "compliance"),
}


def is_allowed(principal: Principal, permission: str) -> bool:
    """Return whether the person has the permission. An unknown permission is denied."""
    predicate = PERMISSIONS.get(permission)
    return predicate is not None and predicate(principal)

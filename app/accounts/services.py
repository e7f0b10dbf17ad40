"""Create staff users, and check their passwords."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.orm import Session
from zxcvbn import zxcvbn

from app.accounts.models import Role, RoleGrant, StaffUser
from app.audit import Actor, AuditAction, record
from app.email_addresses import InvalidEmailAddressError, read_email_address

MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 1000
MIN_PASSWORD_SCORE = 3
"""Minimum on zxcvbn's scale of 0 to 4. A score of 3 is safe against an offline attack on the hashes."""
MAX_RATED_CHARACTERS = 72
"""Maximum number of characters that are rated. Rating longer passwords is slow, and a strong beginning is enough."""
password_hasher = PasswordHasher()
"""Argon2id with the costs of RFC 9106, section 4, second choice: 64 MiB, three passes, four lanes."""


@cache
def _placeholder_hash() -> str:
    return password_hasher.hash("no user has this password")


class AccountError(ValueError):
    """The account data is invalid. The message says why."""


def create_user(
    session: Session, *, email: str, name: str, password: str, roles: Collection[Role], actor: Actor, now: datetime
) -> StaffUser:
    """Create a staff user. Raises AccountError for an invalid address, an address in use or a weak password."""
    email = normalise_email(email)
    require_strong_password(password, email=email, name=name)
    if find_user(session, email):
        raise AccountError("there is already a user with this email address")
    user = StaffUser(email=email, name=name.strip(), password_hash=password_hasher.hash(password), created_at=now)
    user.grants = [RoleGrant(role=str(role)) for role in sorted(roles)]
    session.add(user)
    session.flush()
    record(
        session,
        AuditAction.USER_CREATED,
        actor=actor,
        subject=("user", user.id),
        now=now,
        roles=", ".join(sorted(roles)),
    )
    return user


def require_strong_password(password: str, *, email: str, name: str) -> None:
    """Raise AccountError if a password is too short or easy to guess (NIST SP 800-63B, 5.1.1.2)."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise AccountError(f"the password needs at least {MIN_PASSWORD_LENGTH} characters")
    known = ["fairtake", "interview", *email.split("@"), *email.replace("@", ".").split("."), *name.split()]
    found = zxcvbn(password[:MAX_RATED_CHARACTERS], user_inputs=known, max_length=MAX_RATED_CHARACTERS)
    if found["score"] < MIN_PASSWORD_SCORE:
        raise AccountError("the password is easy to guess. Use several words that do not belong together")


def change_roles(session: Session, user: StaffUser, roles: Collection[Role], *, actor: Actor, now: datetime) -> None:
    """Set the roles of a user, from their next page on. Setting the same roles changes nothing."""
    before = sorted(user.roles)
    if before == sorted(roles):
        return
    kept = [grant for grant in user.grants if Role(grant.role) in roles]
    user.grants = kept + [RoleGrant(role=str(role)) for role in sorted(set(roles) - set(before))]
    session.flush()
    record(
        session,
        AuditAction.ROLES_CHANGED,
        actor=actor,
        subject=("user", user.id),
        now=now,
        roles=", ".join(sorted(roles)),
        before=", ".join(before),
    )


def normalise_email(email: str) -> str:
    """Return the address in lower case, with its domain in Unicode. Raises AccountError for an invalid address."""
    try:
        return read_email_address(email).text.lower()
    except InvalidEmailAddressError as problem:
        raise AccountError(str(problem)) from None


def find_user(session: Session, email: str) -> StaffUser | None:
    """Return the user with this address, in any letter case and domain form. An invalid address gives None."""
    try:
        return session.scalar(select(StaffUser).where(StaffUser.email == normalise_email(email)))
    except AccountError:
        return None


def check_password(user: StaffUser | None, password: str) -> bool:
    """Return whether the password is correct. For an unknown user this takes just as long, so timing reveals nothing."""
    stored = user.password_hash if user else _placeholder_hash()
    try:
        password_hasher.verify(stored, password[:MAX_PASSWORD_LENGTH])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return user is not None and user.disabled_at is None


def renew_hash(user: StaffUser, password: str) -> None:
    """Hash the password again if the recommended parameters have become stronger."""
    if password_hasher.check_needs_rehash(user.password_hash):
        user.password_hash = password_hasher.hash(password)

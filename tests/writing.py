"""Transactions for builders of test data: one for each builder or, which is faster, one for many builders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.extensions import db
from app.transaction import transaction

_IS_SHARED = "tests.writing"


@contextmanager
def writing() -> Iterator[Session]:
    """Open a transaction. Inside `in_one_transaction`, use the one that is open."""
    session = db.session()
    if _IS_SHARED not in session.info:
        with transaction() as session:
            yield session
        return
    yield session
    session.flush()


@contextmanager
def in_one_transaction() -> Iterator[None]:
    """Let all builders inside write in one transaction. Lists that were loaded inside do not change until it ends."""
    with transaction() as session:
        session.info[_IS_SHARED] = True
        try:
            yield
        finally:
            del session.info[_IS_SHARED]

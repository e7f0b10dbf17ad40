"""Renew the lease of a piece of work in a separate thread, while the work is done."""

from __future__ import annotations

import threading
from datetime import datetime
from types import TracebackType
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import clock
from app.extensions import db
from app.recording.leases import LeaseLostError
from app.transaction import transaction


class Renew(Protocol):
    """A function that renews a lease. Raises LeaseLostError if the lease was lost."""

    def __call__(self, session: Session, *, now: datetime) -> None: ...


class Heartbeat:
    """Context manager that renews one lease every few seconds.

    It stops if the lease is lost. The final write of the work then fails.
    """

    SECONDS = 8.0

    def __init__(self, renew: Renew):
        self._renew = renew
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stop.wait(self.SECONDS):
            with self._app.app_context():
                try:
                    with transaction() as session:
                        self._renew(session, now=clock.now())
                except LeaseLostError:
                    return
                except SQLAlchemyError as problem:
                    self._app.logger.warning("lease renewal failed, will retry: error=%s", type(problem).__name__)
                finally:
                    db.session.remove()

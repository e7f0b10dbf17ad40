"""Run several functions at the same time, each in its own thread and session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from flask import Flask

from app.extensions import db


def at_once(app: Flask, acts: Sequence[Callable[[], object]]) -> list[object]:
    """Run all functions at the same time, each in its own thread and session; return their results or exceptions."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def do(place: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                results[place] = acts[place]()  # type: ignore[call-overload]
            except Exception as problem:  # noqa: BLE001 - looked at by the test
                results[place] = problem  # type: ignore[call-overload]
            db.session.remove()

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(results)

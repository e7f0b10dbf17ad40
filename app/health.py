"""Health checks and metrics: the process (`/healthz`), its services (`/readyz`) and numbers (`/metrics`)."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from app import temporary
from app.accounts.access import requires
from app.captions.model_choice import is_stand_in
from app.captions.services import speech_model_is_present
from app.config import current_config
from app.extensions import db, jobs
from app.outages import MIN_FREE_BYTES
from app.storage import get_storage

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@requires("public")
def healthz() -> ResponseReturnValue:
    """Return 200 if the process responds."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@requires("public")
def readyz() -> ResponseReturnValue:
    """Return 200 if database, Redis and storage respond and the disk has space, else 503 with the names of the failed
    parts.

    The speech model is reported, but not required.
    """
    names = states()
    ready = all(state == "ok" for name, state in names.items() if name != "model")
    return jsonify(status="ok" if ready else "away", **names), 200 if ready else 503


def states() -> dict[str, str]:
    """Return the state of each service, disk and model, by name. The state is "ok" if the part works."""
    checks = {"database": _works(_ask_database), "redis": _works(_ask_redis), "storage": _works(_ask_storage)}
    names = {name: "ok" if works else "away" for name, works in checks.items()}
    names["disk"] = state_of_disks(_folders_written())
    names["model"] = _state_of_model()
    return names


def _state_of_model() -> str:
    """Return "ok", "missing", or "stand-in" if the demonstration model replaces the missing real one."""
    config = current_config()
    if not speech_model_is_present(config):
        return "missing"
    return "stand-in" if is_stand_in(config) else "ok"


@blueprint.get("/metrics")
@requires("public")
def metrics() -> ResponseReturnValue:
    """Return the metrics of this process for Prometheus.

    They contain no personal data, but the proxy should block the address anyway.
    """
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _works(check: Callable[[], object]) -> bool:
    try:
        check()
    except (SQLAlchemyError, RedisError, OSError, RuntimeError) as problem:
        current_app.logger.warning("readiness check failed: error=%s", type(problem).__name__)
        return False
    return True


def _ask_database() -> object:
    return db.session.execute(text("SELECT 1")).scalar_one()


def _ask_redis() -> object:
    return jobs.redis.ping()


def _ask_storage() -> object:
    return next(iter(get_storage().list("health")), None)


def state_of_disks(folders: Iterable[Path]) -> str:
    """Return "ok"; "full" if less than MIN_FREE_BYTES are free or a write finds no space; or "not writable"."""
    for folder in folders:
        try:
            if shutil.disk_usage(folder).free < MIN_FREE_BYTES:
                raise OSError(errno.ENOSPC, "little room is left")
            with temporary.unnamed_file(folder) as file:
                file.write(b"\0" * 4096)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            current_app.logger.warning("readiness check failed: disk errno=%s", problem.errno)
            return "full" if problem.errno in (errno.ENOSPC, errno.EDQUOT) else "not writable"
    return "ok"


def _folders_written() -> list[Path]:
    """Return the local folders into which recordings, the database and request bodies are written."""
    folders = [temporary.folder_of_libraries()]
    if (place := get_storage().local_path("health")) is not None:
        folders.append(place.parent)
    address = make_url(current_config().database_url)
    if address.get_backend_name() == "sqlite" and address.database and address.database != ":memory:":
        folders.append(Path(address.database).parent)
    return folders

"""Whether this process lives (`/healthz`), whether what it needs answers (`/readyz`), and numbers (`/metrics`)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.access import requires
from app.captions.services import speech_model_is_present
from app.extensions import db, jobs
from app.storage import get_storage

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@requires("public")
def healthz() -> ResponseReturnValue:
    """Answer 200 while the process answers at all."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@requires("public")
def readyz() -> ResponseReturnValue:
    """Answer 200 when database, Redis and storage answer, else 503 that names what does not; the model is told, not demanded."""
    checks = {"database": _works(_ask_database), "redis": _works(_ask_redis), "storage": _works(_ask_storage)}
    ready = all(checks.values())
    names = {name: "ok" if works else "away" for name, works in checks.items()}
    names["model"] = "ok" if speech_model_is_present(current_app.config["FAIRTAKE"]) else "missing"
    return jsonify(status="ok" if ready else "away", **names), 200 if ready else 503


@blueprint.get("/metrics")
@requires("public")
def metrics() -> ResponseReturnValue:
    """Give the numbers of this process to Prometheus. They name nobody; keep the address inside at the proxy."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _works(check: Callable[[], object]) -> bool:
    try:
        check()
    except (SQLAlchemyError, RedisError, OSError, RuntimeError) as problem:
        current_app.logger.warning("not ready: %s", type(problem).__name__)
        return False
    return True


def _ask_database() -> object:
    return db.session.execute(text("SELECT 1")).scalar_one()


def _ask_redis() -> object:
    return jobs.redis.ping()


def _ask_storage() -> object:
    return next(iter(get_storage().list("health")), None)

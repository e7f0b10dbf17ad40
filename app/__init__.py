"""The application factory: configuration, extensions, feature packages, errors."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import (
    body_limits,
    compression,
    demo,
    errors,
    extensions,
    health,
    i18n,
    pages,
    request_guard,
    saved,
    sealing,
    security,
    signed_out,
    startup,
    static_files,
    status_routes,
    typed_forms,
)
from app.accommodations import decision_routes as decisions
from app.accommodations import routes as accommodations
from app.accounts import access, sessions
from app.accounts import commands as account_commands
from app.accounts import routes as accounts
from app.captions import commands as caption_commands
from app.captions import model_commands, question_media_routes
from app.captions import routes as captions
from app.compliance import commands as compliance_commands
from app.compliance import people_routes, report_routes, retention_routes, reviewer_routes
from app.compliance import routes as compliance
from app.config import PROJECT_ROOT, Config
from app.interviews import invitation_routes as invitations
from app.interviews import manage_routes as manage
from app.interviews import routes as interviews
from app.recording import routes as recording
from app.recording.upload import routes as uploads
from app.retrying import RetryingFlask
from app.review import commands as review_commands
from app.review import reopening_routes as reopening
from app.review import routes as review
from app.review import rubric_routes as rubrics
from app.review import score_routes as scores
from app.storage import open_storage

BLUEPRINTS = (
    accounts,
    interviews,
    manage,
    invitations,
    accommodations,
    decisions,
    recording,
    uploads,
    captions,
    question_media_routes,
    review,
    scores,
    reopening,
    rubrics,
    compliance,
    people_routes,
    report_routes,
    retention_routes,
    reviewer_routes,
    health,
    status_routes,
    pages,
)
COMMANDS = (account_commands, caption_commands, model_commands, review_commands, compliance_commands, demo)


def create_app(config: Config | None = None) -> Flask:
    """Return the application. Raises ConfigError, with a one-line message, if a setting is missing or invalid."""
    config = config or Config.from_env()
    app = RetryingFlask(__name__)
    app.config.update(_flask_settings(config))
    app.extensions["storage"] = open_storage(config.storage_url)
    if config.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies
        )
    _bind_extensions(app)
    for module in (*BLUEPRINTS, *COMMANDS):
        app.register_blueprint(module.blueprint)
    extensions.csrf.exempt(
        uploads.blueprint
    )  # tus clients send no form token; the blueprint checks Origin and Tus-Resumable
    errors.init_app(app)
    signed_out.init_app(app)
    startup.guard_commands(app.cli)
    return app


def _flask_settings(config: Config) -> dict[str, object]:
    return {
        "FAIRTAKE": config,
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "hide_parameters": True
        },  # parameters in logs would hold answers, names and addresses
        "SESSION_COOKIE_NAME": "fairtake",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",  # with Strict, candidates who return through a link in a mail would be signed out
        "SESSION_COOKIE_SECURE": config.is_https,
        "PERMANENT_SESSION_LIFETIME": sessions.COOKIE_LIFETIME,
        "WTF_CSRF_TIME_LIMIT": None,  # an interview lasts longer than Flask-WTF's hour; tokens are bound to the session
        "WTF_CSRF_SSL_STRICT": False,  # the check needs a Referer, and our pages send none (Referrer-Policy: no-referrer)
        "RATELIMIT_STORAGE_URI": _limiter_storage(config.redis_url),
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 2},
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_STRATEGY": "moving-window",
        "MAX_CONTENT_LENGTH": config.upload_limit,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
    }


def _limiter_storage(redis_url: str) -> str:
    return redis_url.replace("unix://", "redis+unix://", 1)


def _bind_extensions(app: Flask) -> None:
    body_limits.init_app(app)
    extensions.db.init_app(app)
    extensions.migrate.init_app(
        app, extensions.db, directory=str(PROJECT_ROOT / "migrations"), render_as_batch=True, compare_type=True
    )
    access.init_app(app)  # authentication comes first, because the check of the form token reads the body
    extensions.csrf.init_app(app)
    extensions.htmx.init_app(app)
    request_guard.init_app(app)
    extensions.limiter.init_app(app)
    extensions.jobs.init_app(app)
    i18n.init_app(app)
    security.init_app(app)
    sealing.init_app(app)
    pages.init_app(app)
    typed_forms.init_app(app)
    saved.init_app(app)
    static_files.init_app(app)
    compression.init_app(app)

"""The layer of each module, and what the modules of a layer may do. tests/architecture.py has the rules."""

from __future__ import annotations

ROOMS = ("media", "accounts", "interviews", "accommodations", "recording", "captions", "review", "compliance")
"""The main packages of app/, called rooms, from left to right. A room may import only rooms to its left."""
GROUND_FLOOR = ("app.media", "app.captions.speech", "app.captions.shaping", "app.captions.files")
"""Packages without a database. From `app` they may import only each other and the modules in BELOW_GROUND."""
BELOW_GROUND = ("app.temporary", "app.language_tags")
KERNEL = (
    "config", "extensions", "errors", "transaction", "storage", "audit", "audit_actions", "clock", "clock_watch", "ids",
    "types", "security", "i18n", "sealing", "email_addresses", "mail", "mail_session", "request_guard", "batches", "temporary", "traces",
    "folding", "keyset", "language_tags", "durable_files", "spoken_terms",
)  # fmt: skip
ROUTES = (
    "accommodations.decision_routes", "accommodations.routes", "accounts.routes", "captions.editor_routes", "captions.file_routes",
    "captions.needed_routes",
    "captions.own_routes", "captions.question_choice_routes", "captions.question_media_file_routes", "captions.question_media_routes",
    "captions.routes",
    "captions.remaking_routes", "captions.version_routes",
    "compliance.people_routes", "compliance.report_routes", "compliance.retention_routes", "compliance.reviewer_routes",
    "compliance.routes", "interviews.invitation_routes", "interviews.manage_routes",
    "interviews.question_list_routes", "interviews.routes",
    "recording.countdown_routes", "recording.file_routes", "recording.language_routes", "recording.routes",
    "recording.upload.part_rows", "recording.upload.part_writer", "recording.trim_routes", "recording.upload.quick_parts",
    "recording.upload.routes", "recording.written_routes",
    "review.routes",
    "review.reopening_routes", "review.rubric_routes", "review.score_routes", "status_routes",
)  # fmt: skip
REQUEST_PARTS = ("captions.open_context", "captions.own_take", "interviews.current", "recording.view_log")
"""Steps that several routes share: loading an object, checking access to it, logging that a recording was viewed.

These modules may open transactions and import the signed-in user.
"""
COMMANDS = (
    "accounts.commands",
    "captions.commands",
    "captions.model_commands",
    "compliance.commands",
    "review.commands",
)
PIPELINE = (
    "accommodations.notice_sending", "captions.hearing_ahead", "captions.pipeline", "captions.question_media_pipeline",
    "compliance.erasure_run",
    "housekeeping", "older_media", "pipeline", "recording.pipeline",
)  # fmt: skip
"""The worker's modules: processing stages, periodic sweeps, and tasks that take several transactions."""
FORMS = (
    "accommodations.forms", "accounts.forms", "captions.forms", "compliance.forms", "interviews.forms", "interviews.manage_forms",
    "recording.forms", "review.forms",
)  # fmt: skip
MODELS = (
    "accommodations.models", "accounts.models", "captions.models", "compliance.models", "interviews.models",
    "interviews.separation_models", "recording.heard_models", "recording.models", "recording.thinking_models", "review.models",
)  # fmt: skip
SERVICES = (
    "accommodations.services", "accounts.services", "captions.services", "compliance.services", "interviews.invitation_services",
    "interviews.manage_services", "interviews.services", "recording.services", "recording.upload.uploads", "review.panel_services",
    "review.rubric_services", "review.score_services", "review.search.services", "review.services",
)  # fmt: skip
PURE = (
    "accommodations.rules", "accounts.permissions", "captions.clock", "captions.speech.signals", "captions.verdicts", "interviews.rules",
    "recording.arrival", "recording.recorder_reports", "recording.rules", "recording.trim_rules",
)  # fmt: skip
"""Pure modules: they use no database, no web framework, no clock, and no input or output.

All modules of `captions.shaping` and `captions.files` are pure too, as is everything that a pure module imports.
"""
PURE_ROOMS = ("app.captions.shaping", "app.captions.files")
LAYERS = {
    f"app.{name}": layer
    for layer, names in {
        "routes": ROUTES, "parts": REQUEST_PARTS, "commands": COMMANDS, "pipeline": PIPELINE, "forms": FORMS, "models": MODELS,
        "services": SERVICES, "pure": PURE,
    }.items()
    for name in names
}  # fmt: skip
EDGES = ("routes", "parts", "commands", "pipeline")
"""The layers that open transactions and may import any room."""
WEB_KERNEL = (
    "app.accounts.access", "app.compression", "app.errors", "app.i18n", "app.pages", "app.partials", "app.body_limits", "app.retrying",
    "app.saved", "app.security", "app.signed_out", "app.static_files", "app.typed_forms",
)  # fmt: skip
MEDIA_READERS = (
    "app.media.reading", "app.media.encoding", "app.media.pictures", "app.media.resampling", "app.media.writing",
)  # fmt: skip
MAY_TRANSACT = ("app.batches", "app.heartbeat", "app.demo", "app.retrying", "app.transaction")
PURE_MODULES = (
    "__future__", "bisect", "codecs", "collections", "dataclasses", "datetime", "enum", "functools", "html", "io", "itertools",
    "math", "re", "string", "typing", "unicodedata", "webvtt",
)  # fmt: skip
IMPURE_CALLS = ("now", "today", "utcnow", "open", "print", "input")
NAMES_THAT_SAY_NOTHING = ("utils", "util", "helpers", "helper", "manager", "data", "misc", "common")

"""The status page: whether the services of this installation respond, and which rows the worker could not process."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app import batches, health
from app.accounts.access import requires
from app.batches import Batch
from app.captions.model_choice import model_in_use
from app.captions.speech.models import ENGLISH, MANY_LANGUAGES, SYNTHETIC_VOICES
from app.config import current_config
from app.extensions import db

blueprint = Blueprint("status", __name__)

PARTS = {
    "database": _l("Database"),
    "redis": _l("Queue (Redis)"),
    "storage": _l("Storage of recordings"),
    "disk": _l("Disk space"),
    "model": _l("Speech model"),
}
UNDERSTANDS = {
    MANY_LANGUAGES: _l("About 100 languages. It makes more mistakes in some languages and for some voices."),
    ENGLISH: _l("English. It makes more mistakes for some voices."),
    SYNTHETIC_VOICES: _l("Only a synthetic voice. It does not understand people."),
}
WORK = {
    Batch.STEPS: _l("A step of the worker’s regular work"),
    Batch.DEADLINES: _l("Pausing the deadline of an interview"),
    Batch.TAKES: _l("Completing an unfinished recording"),
    Batch.ATTEMPTS: _l("Sending an interview after its deadline"),
    Batch.ERASURES: _l("Erasing a person’s files"),
    Batch.NOTICES: _l("Sending an email"),
    Batch.RETENTION: _l("Deleting answers at the end of the time for keeping them"),
    Batch.FILES: _l("Deleting a file that is no longer needed"),
    Batch.INDEX: _l("Adding an answer to the search index"),
    Batch.STAGES: _l("Putting a recording into the queue"),
    Batch.CLAIMS: _l("Starting work on a recording"),
    Batch.OLDER_TAKES: _l("Reading the format of an older recording"),
    Batch.OLDER_QUESTIONS: _l("Reading the format of an older video of a question"),
}


@blueprint.get("/status")
@requires("status.read")
def status() -> ResponseReturnValue:
    """Show the state of each service, and the rows that batch jobs skipped after an error, without personal data."""
    found, model = health.states(), model_in_use(current_config())
    return render_template(
        "pages/status.html",
        parts=[(label, found[name]) for name, label in PARTS.items()],
        model=model,
        understands=UNDERSTANDS.get(model.understands, model.understands) if model and model.understands else None,
        understands_people=not model or model.understands != SYNTHETIC_VOICES,
        rows=[(WORK[Batch(row.batch)], row) for row in batches.all_set_aside(db.session())],
    )

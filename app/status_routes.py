"""The status page: whether the services of this installation answer, and which rows the worker could not process."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app import batches, health
from app.accounts.access import requires
from app.batches import Batch
from app.extensions import db

blueprint = Blueprint("status", __name__)

PARTS = {
    "database": _l("Database"),
    "redis": _l("Queue (Redis)"),
    "storage": _l("Storage of recordings"),
    "disk": _l("Disk space"),
    "model": _l("Speech model"),
}
WORK = {
    Batch.STEPS: _l("A step of the worker’s regular work"),
    Batch.DEADLINES: _l("Pausing the deadline of an interview"),
    Batch.TAKES: _l("Completing an unfinished recording"),
    Batch.ATTEMPTS: _l("Sending an interview after its deadline"),
    Batch.ERASURES: _l("Erasing a person’s files"),
    Batch.NOTICES: _l("Sending a mail"),
    Batch.RETENTION: _l("Deleting answers that have been kept long enough"),
    Batch.FILES: _l("Deleting a file that is no longer needed"),
    Batch.INDEX: _l("Adding an answer to the search"),
    Batch.STAGES: _l("Putting a recording into the queue"),
    Batch.CLAIMS: _l("Beginning work on a recording"),
    Batch.OLDER_TAKES: _l("Reading the format of an older recording"),
    Batch.OLDER_QUESTIONS: _l("Reading the format of an older video of a question"),
}


@blueprint.get("/status")
@requires("status.read")
def status() -> ResponseReturnValue:
    """Show unavailable services and rows that were set aside, by ids and names of errors: no personal data."""
    found = health.states()
    return render_template(
        "pages/status.html",
        parts=[(label, found[name]) for name, label in PARTS.items()],
        rows=[(WORK[Batch(row.batch)], row) for row in batches.all_set_aside(db.session())],
    )

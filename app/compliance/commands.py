"""The commands `flask --app wsgi audit verify | checkpoint | export | key`, `retention run` and `erase INVITATION`."""

from __future__ import annotations

import json
from typing import TextIO

import click
from flask import Blueprint

from app import clock, clock_watch, housekeeping
from app.audit import Actor, AuditAction, record
from app.audit import head as head_of_log
from app.audit import verify as walk
from app.compliance import checkpoints, erasure, erasure_run, exports, retention
from app.compliance.models import Erasure
from app.config import current_config
from app.errors import DomainError
from app.extensions import db
from app.transaction import transaction

EXPORTER, ERASER = Actor("system", "audit export"), Actor("system", "erase")
STOPPED = 130
"""The exit status that a shell reports for a program ended by Ctrl-C."""
blueprint = Blueprint("compliance_commands", __name__, cli_group=None)


@blueprint.cli.group("audit")
def audit() -> None:
    """Verify, sign and export the audit log."""


@blueprint.cli.group("retention")
def retention_group() -> None:
    """Delete answers whose retention has ended."""


@retention_group.command("run")
@click.option("--dry-run", is_flag=True, help="List the attempts that are due. Delete nothing.")
@click.option("--clock-is-right", is_flag=True, help="Delete even if the clock has just jumped.")
def run(dry_run: bool, clock_is_right: bool) -> None:
    """Delete answers whose retention has ended. The worker also does this every hour."""
    if dry_run:
        due = retention.due_attempts(db.session(), now=clock.now())
        click.echo("\n".join([*due, f"Attempts due: {len(due)}. Nothing was deleted."]))
        return
    if not clock_is_right and clock_watch.has_leapt(db.session(), now=clock.now()):
        raise click.ClickException(
            f"The clock has jumped: it is now {clock.now():%Y-%m-%d %H:%M} UTC. Nothing was deleted. "
            "If this time is right, run the command again with --clock-is-right."
        )
    click.echo(f"Attempts whose answers were deleted: {housekeeping.delete_what_is_due(clock.now())}.")


@audit.command("verify")
@click.option(
    "--against", type=click.File(encoding="utf-8"), help="A file of checkpoints kept elsewhere, one on each line."
)
@click.option("--key", help="The public key of the checkpoints. Default: the key of this installation.")
def verify(against: TextIO | None, key: str | None) -> None:
    """Verify the whole audit log.

    The exit status is 0 if it is intact, and 1 if not; then the first broken link is printed.
    """
    held = []
    if against:
        try:
            held = list(checkpoints.read(against.read(), key or checkpoints.public_key(current_config())))
        except (checkpoints.CheckpointError, UnicodeDecodeError) as problem:
            raise click.ClickException(f"{against.name}: {problem}.") from problem
    walked = [0]
    try:
        found = walk(db.session(), held, walked.append)
    except KeyboardInterrupt:
        so_far = f"events 1 to {walked[-1]} are intact" if walked[-1] else "no event was checked yet"
        click.echo(f"Stopped: {so_far}. The rest was not checked.", err=True)
        raise click.exceptions.Exit(STOPPED) from None
    if not found.is_whole:
        raise click.ClickException(f"The audit log is broken at event {found.broken_at}: {found.reason}.")
    click.echo(f"The audit log is whole: {found.events} events. The last link is {found.head}.")
    if held:
        click.echo(f"It matches all {len(held)} checkpoints that were kept elsewhere.")
    if found.clock_went_back:
        click.echo(
            f"Note: {found.clock_went_back} events have an earlier time than the event before them. Their order is that of the chain."
        )


@audit.command("checkpoint")
def checkpoint() -> None:
    """Print the signed head of the log as one line. Store it where nobody with access to the database can change it."""
    click.echo(checkpoints.make(head_of_log(db.session()), current_config(), now=clock.now()))


@audit.command("key")
def key() -> None:
    """Print the public key for verifying checkpoints."""
    click.echo(checkpoints.public_key(current_config()))


@audit.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8"))
def export(file: TextIO) -> None:
    """Write every event to FILE, one line of JSON for each; `-` is standard output.

    The export itself is an event too.
    """
    with transaction() as session:
        rows = head_of_log(session).number + 1
        record(session, AuditAction.LOG_EXPORTED, actor=EXPORTER, subject=("log", "audit"), now=clock.now(), rows=rows)
    for line in exports.event_lines(db.session()):
        file.write(line)


@blueprint.cli.command("erase")
@click.argument("invitation")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation. Erasing cannot be undone.")
def erase(invitation: str, yes: bool) -> None:
    """Erase the person with this INVITATION (its id) everywhere, and print the certificate."""
    if not yes:
        click.confirm("This cannot be undone. Erase everything that is held about this person?", abort=True)
    try:
        erasure_id = erasure_run.erase(invitation, actor=ERASER, now=clock.now())
    except DomainError as problem:
        raise click.ClickException(f"{problem.message} {problem.next_step}") from problem
    done = db.session.get_one(Erasure, erasure_id)
    click.echo(json.dumps(erasure.certificate(db.session(), done), indent=2))
    if done.finished_at is None:
        raise click.ClickException(
            "The database entries are deleted, but the storage of the files is unavailable. The worker will retry."
        )

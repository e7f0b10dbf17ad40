"""`flask --app wsgi audit verify` and `retention run`."""

import click
from flask import Blueprint

from app import clock, pipeline
from app.audit import verify as walk
from app.compliance import retention
from app.extensions import db

blueprint = Blueprint("compliance_commands", __name__, cli_group=None)


@blueprint.cli.group("audit")
def audit() -> None:
    """The audit log."""


@blueprint.cli.group("retention")
def retention_group() -> None:
    """How long answers are kept."""


@retention_group.command("run")
@click.option("--dry-run", is_flag=True, help="Say whose answers are due, and delete nothing.")
def run(dry_run: bool) -> None:
    """Delete the answers whose interview's days are over. The worker does so by itself every hour."""
    if dry_run:
        due = retention.due_attempts(db.session(), now=clock.now())
        click.echo("\n".join([*due, f"{len(due)} attempts are due; nothing was deleted."]))
        return
    click.echo(f"The answers of {pipeline.delete_what_is_due(clock.now())} attempts were deleted.")


@audit.command("verify")
def verify() -> None:
    """Walk the whole audit log. Exit status 0: it is whole. 1: it is not, and the first broken link is named."""
    found = walk(db.session())
    if found.is_whole:
        click.echo(f"The audit log is whole: {found.events} events, the last link is {found.head}.")
        return
    raise click.ClickException(f"The audit log is broken at event {found.broken_at}: {found.reason}.")

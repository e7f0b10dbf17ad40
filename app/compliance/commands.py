"""`flask --app wsgi audit verify`."""

import click
from flask import Blueprint

from app.audit import verify as walk
from app.extensions import db

blueprint = Blueprint("compliance_commands", __name__, cli_group="audit")


@blueprint.cli.command("verify")
def verify() -> None:
    """Walk the whole audit log. Exit status 0: it is whole. 1: it is not, and the first broken link is named."""
    found = walk(db.session())
    if found.is_whole:
        click.echo(f"The audit log is whole: {found.events} events, the last link is {found.head}.")
        return
    raise click.ClickException(f"The audit log is broken at event {found.broken_at}: {found.reason}.")

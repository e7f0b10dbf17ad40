"""`flask --app wsgi create-user`."""

import click
from flask import Blueprint

from app.accounts.models import Role
from app.accounts.services import AccountProblem
from app.accounts.services import create_user as create
from app.audit import Actor
from app.clock import now
from app.transaction import transaction

blueprint = Blueprint("account_commands", __name__, cli_group=None)


@blueprint.cli.command("create-user")
@click.argument("email")
@click.option("--name", required=True, help="The name that colleagues see.")
@click.option("--role", "roles", type=click.Choice([str(role) for role in Role]), multiple=True, required=True)
@click.password_option(help="At least 12 characters; asked for when it is not given.")
def create_user(email: str, name: str, roles: tuple[str, ...], password: str) -> None:
    """Create a member of staff who can sign in."""
    try:
        with transaction() as session:
            create(
                session,
                email=email,
                name=name,
                password=password,
                roles={Role(role) for role in roles},
                actor=Actor("system", "create-user"),
                now=now(),
            )
    except AccountProblem as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"{email} can sign in.")

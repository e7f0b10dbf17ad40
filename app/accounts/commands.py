"""The commands `flask --app wsgi create-user` and `change-roles`."""

import click
from flask import Blueprint

from app.accounts import services
from app.accounts.models import Role
from app.accounts.services import AccountError
from app.audit import Actor
from app.clock import now
from app.interviews import separation
from app.transaction import transaction

blueprint = Blueprint("account_commands", __name__, cli_group=None)


role_option = click.option(
    "--role", "roles", type=click.Choice([str(role) for role in Role]), multiple=True, required=True
)


@blueprint.cli.command("create-user")
@click.argument("email")
@click.option("--name", required=True, help="The name that colleagues see.")
@role_option
@click.password_option(help="At least 12 characters. If you leave it out, you are asked for it.")
def create_user(email: str, name: str, roles: tuple[str, ...], password: str) -> None:
    """Create a user: a member of staff who can sign in."""
    try:
        with transaction() as session:
            services.create_user(
                session,
                email=email,
                name=name,
                password=password,
                roles={Role(role) for role in roles},
                actor=Actor("system", "create-user"),
                now=now(),
            )
    except AccountError as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"Created user {email}.")


@blueprint.cli.command("change-roles")
@click.argument("email")
@role_option
def change_roles(email: str, roles: tuple[str, ...]) -> None:
    """Set the roles of a user. They apply from the next page that the user opens.

    The change is recorded in the audit log.
    """
    with transaction() as session:
        user = services.find_user(session, email)
        if user is None:
            raise click.ClickException("there is no user with this email address")
        wanted = {Role(role) for role in roles}
        if Role.COMPLIANCE in wanted and (reviewed := separation.reviewed_interviews(session, user)):
            raise click.ClickException(
                f"this user reviews {len(reviewed)} interviews, and compliance can see accommodations. "
                "Remove the user from these interviews first"
            )
        if Role.COMPLIANCE in user.roles and Role.COMPLIANCE not in wanted:
            separation.note_access_of_compliance(session, user, now=now())
        services.change_roles(session, user, wanted, actor=Actor("system", "change-roles"), now=now())
    click.echo(f"Changed the roles of {email}: {', '.join(sorted(wanted))}.")

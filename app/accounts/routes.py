"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import access, services
from app.accounts.access import requires
from app.accounts.forms import SignInForm
from app.accounts.models import Role, StaffUser
from app.addresses import local_address
from app.audit import Actor, AuditAction, record
from app.clock import now
from app.extensions import db, limiter
from app.transaction import transaction

blueprint = Blueprint("accounts", __name__)


def _address_typed() -> str:
    return "sign-in:" + request.form.get("email", "").strip().lower()[:254]


@blueprint.get("/sign-in")
@requires("public")
def sign_in_page() -> ResponseReturnValue:
    """Show the form."""
    if access.current_user():
        return redirect(local_address(request.args.get("next")) or url_for("accounts.home"))
    return render_template("accounts/sign_in.html", form=SignInForm(), errors=[])


@blueprint.post("/sign-in")
@requires("public")
@limiter.limit("30 per 5 minutes")
@limiter.limit("10 per 5 minutes", key_func=_address_typed)
def sign_in() -> ResponseReturnValue:
    """Check address and password. The answer to a wrong one does not say which was wrong."""
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form), 422
    password = form.password.data or ""
    user = services.find_user(db.session(), form.email.data or "")
    if not services.check_password(user, password):
        _record_refusal(user)
        user = None
    if user is None:
        form.password.errors = [_("The address or the password is not right.")]
        return render_template("accounts/sign_in.html", form=form), 422
    with transaction() as session:
        services.renew_hash(user, password)
        record(session, AuditAction.SIGNED_IN, actor=Actor("staff", user.id), subject=("user", user.id), now=now())
    access.sign_in(user)
    return redirect(local_address(request.args.get("next")) or url_for("accounts.home"))


@blueprint.post("/sign-out")
@requires("account.own")
def sign_out() -> ResponseReturnValue:
    """End the session of this browser."""
    user = access.signed_in_user()
    with transaction() as session:
        record(session, AuditAction.SIGNED_OUT, actor=Actor("staff", user.id), subject=("user", user.id), now=now())
    access.leave()
    return redirect(url_for("accounts.sign_in_page"))


@blueprint.get("/account/home")
@requires("account.own")
def home() -> ResponseReturnValue:
    """Go where this user's first role has its work."""
    return redirect(url_for(_home_of(access.signed_in_user())))


def _record_refusal(user: StaffUser | None) -> None:
    if user is None:
        return  # an address that nobody has leaves no trace in the log
    with transaction() as session:
        record(
            session, AuditAction.SIGN_IN_REFUSED, actor=Actor("system", "sign-in"), subject=("user", user.id), now=now()
        )


def _home_of(user: StaffUser) -> str:
    if Role.REVIEWER in user.roles:
        return "review.interviews"
    if user.roles & {Role.COORDINATOR, Role.ADMINISTRATOR}:
        return "manage.interviews"
    return "compliance.overview"

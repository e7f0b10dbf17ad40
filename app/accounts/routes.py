"""Routes for signing in and out."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from redis import RedisError
from werkzeug.wrappers import Response as BaseResponse

from app.accounts import access, services
from app.accounts.access import requires
from app.accounts.forms import SignInForm
from app.accounts.known_devices import (
    COOKIE,
    LIFETIME,
    KnownDevice,
    account_digest,
    network_of,
    read_device,
    write_device,
)
from app.accounts.models import Role, StaffUser
from app.addresses import local_address
from app.audit import Actor, AuditAction, record
from app.clock import now
from app.email_addresses import mailbox_key
from app.extensions import db, limiter
from app.transaction import transaction

blueprint = Blueprint("accounts", __name__)


def _account_typed() -> str:
    typed = request.form.get("email", "")
    return account_digest(current_app.config["SECRET_KEY"], mailbox_key(typed[:254]))


def _device() -> KnownDevice | None:
    return read_device(current_app.config["SECRET_KEY"], request.cookies.get(COOKIE))


def _is_known_device() -> bool:
    device = _device()
    return device is not None and _account_typed() in device.accounts


def _network() -> str:
    return network_of(request.remote_addr or "")


def _by_network() -> str:
    return f"sign-in:network:{_network()}"


def _by_device_or_by_network_and_account() -> str:
    device = _device()
    if device is not None and _is_known_device():
        return f"sign-in:device:{device.id}:{_account_typed()}"
    return f"sign-in:{_network()}:{_account_typed()}"


def _by_account() -> str:
    return f"sign-in:account:{_account_typed()}"


def _was_refused(response: Response) -> bool:
    return response.status_code == 422


@blueprint.get("/sign-in")
@requires("public")
def sign_in_page() -> ResponseReturnValue:
    """Show the sign-in form."""
    if access.current_user():
        return redirect(local_address(request.args.get("next")) or url_for("accounts.home"))
    return render_template("accounts/sign_in.html", form=SignInForm(), errors=[])


@blueprint.post("/sign-in")
@requires("public")
@limiter.limit("30 per 5 minutes", key_func=_by_network, exempt_when=_is_known_device, deduct_when=_was_refused)
@limiter.limit("100 per hour", key_func=_by_account, exempt_when=_is_known_device)
@limiter.limit("10 per 5 minutes", key_func=_by_device_or_by_network_and_account)
def sign_in() -> ResponseReturnValue:
    """Check address and password. The error does not say which of them was wrong.

    A try at an account counts before the password is checked, so that simultaneous requests are not more tries.
    """
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form), 422
    password = form.password.data or ""
    user = services.find_user(db.session(), form.email.data or "")
    if not services.check_password(user, password):
        _record_refusal(user)
        user = None
    if user is None:
        form.password.errors = [_("The email address or the password is wrong.")]
        return render_template("accounts/sign_in.html", form=form), 422
    with transaction() as session:
        services.renew_hash(user, password)
        record(session, AuditAction.SIGNED_IN, actor=Actor("staff", user.id), subject=("user", user.id), now=now())
    access.sign_in(user)
    _forget_tries()
    return _remember_device(redirect(local_address(request.args.get("next")) or url_for("accounts.home")))


def _forget_tries() -> None:
    """Forget the tries at this account from this browser or network, so that only wrong passwords add up."""
    for tried in limiter.current_limits:
        if tried.request_args[0] == _by_device_or_by_network_and_account():
            with suppress(RedisError):
                limiter.limiter.clear(tried.limit, *tried.request_args)


def _remember_device(response: BaseResponse) -> BaseResponse:
    """Remember this browser, so that the user can sign in even while strangers attack their account."""
    device = (_device() or KnownDevice()).with_account(_account_typed())
    response.set_cookie(
        COOKIE, write_device(current_app.config["SECRET_KEY"], device), max_age=LIFETIME, httponly=True, samesite="Lax",
        path=url_for("accounts.sign_in"), secure=current_app.config["SESSION_COOKIE_SECURE"],
    )  # fmt: skip
    return response


@blueprint.post("/sign-out")
@requires("account.own")
def sign_out() -> ResponseReturnValue:
    """End the session of this browser."""
    user = access.signed_in_user()
    with transaction() as session:
        record(session, AuditAction.SIGNED_OUT, actor=Actor("staff", user.id), subject=("user", user.id), now=now())
        access.leave(session)
    return redirect(url_for("accounts.sign_in_page"))


@blueprint.get("/account/home")
@requires("account.own")
def home() -> ResponseReturnValue:
    """Redirect to the start page of this user's first role."""
    return redirect(url_for(_home_of(access.signed_in_user())))


def _record_refusal(user: StaffUser | None) -> None:
    if user is None:
        return  # unknown addresses are not logged
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

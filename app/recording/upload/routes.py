"""The tus 1.0 endpoint: `upload.tus` over HTTP, for the owner of a take only.

A 204 means that the bytes are flushed to storage and that the row which acknowledges them is committed. Our server
handles a request after its whole body has arrived, and so does a buffering proxy, so a slow connection does not occupy
a thread.

No lock is held while a body arrives. A client takes over an upload when it asks for the offset (HEAD) or sends the next
part. An older request that stalled is refused from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from app import pipeline
from app.accounts import access
from app.accounts.access import requires
from app.body_limits import ARRIVED_HEADER, takes_files
from app.clock import now
from app.config import current_config
from app.errors import BusyError, DomainError, UnavailableError
from app.extensions import db
from app.recording.models import Stage, Upload
from app.recording.more_time import seconds_in_force
from app.recording.upload import tus, uploads
from app.recording.upload.incoming import Expected, Received, discard, store_body
from app.recording.upload.tus import ProtocolError, TusFault
from app.recording.upload.uploads import Accepted, UploadLimits, configured_limits
from app.storage import StorageUnavailableError, get_storage
from app.transaction import after_commit, end_reading, transaction, with_retries

blueprint = Blueprint("uploads", __name__, url_prefix="/uploads")

WORDS: Mapping[TusFault, object] = {
    TusFault.UNKNOWN_VERSION: _l("This address uses version 1.0.0 of the tus protocol."),
    TusFault.BAD_HEADER: _l("A header of the request is missing or cannot be read."),
    TusFault.WRONG_TYPE: _l("Send each part as application/offset+octet-stream."),
    TusFault.WRONG_OFFSET: _l("The upload is at a different offset."),
    TusFault.TAKEN_OVER: _l("A newer request has continued this upload."),
    TusFault.OTHER_LENGTH: _l("The upload has a different length."),
    TusFault.UNKNOWN_ALGORITHM: _l("This checksum algorithm is not supported."),
    TusFault.WRONG_CHECKSUM: _l("The part was damaged on the way. Send it again."),
    TusFault.BODY_CUT: _l("The part was cut short on the way. Send it again."),
    TusFault.AFTER_THE_END: _l("The part goes past the end of the upload."),
    TusFault.OVER_THE_LIMIT: _l("The recording is larger than this site accepts."),
    TusFault.FOREIGN_ORIGIN: _l("The request comes from another site."),
}


@blueprint.route("/", methods=["OPTIONS"], provide_automatic_options=False)
@blueprint.route("/<upload_id>", methods=["OPTIONS"], provide_automatic_options=False)
@requires("public")
def options(upload_id: str | None = None) -> ResponseReturnValue:
    """Return the capabilities of this endpoint. The response is the same for every address, so it reveals nothing."""
    return Response(status=204, headers=tus.discovery_headers(current_config().upload_limit))


@blueprint.route("/", methods=["POST"], provide_automatic_options=False)
@requires("upload")
def create() -> ResponseReturnValue:
    """Create an upload for the take that is named in the metadata."""
    creation = tus.parse_creation(request.headers)
    with transaction() as session:
        upload = uploads.create_upload(session, access.attempt_id(), creation, _policy(), now=now())
        location, headers = url_for("uploads.offset", upload_id=upload.id), _expiry(upload.expires_at)
        headers["Fairtake-Segment"] = str(upload.segment)
    return Response(status=201, headers={"Location": location, **headers})


@blueprint.route("/<upload_id>", methods=["HEAD"], provide_automatic_options=False)
@requires("upload")
def offset(upload_id: str) -> ResponseReturnValue:
    """Return the offset of an upload, and take the upload over from a stalled request."""
    with transaction() as session:
        upload = uploads.take_over(session, access.attempt_id(), upload_id, now=now())
        headers = tus.state_headers(
            offset=upload.offset, length=upload.length, metadata=upload.upload_metadata, expires_at=upload.expires_at
        )
        headers = {**headers, **_limit_in_force(upload)}
    return Response(status=200, headers=headers)


@blueprint.route("/<upload_id>", methods=["PATCH"], provide_automatic_options=False)
@requires("upload")
@takes_files()
def append(upload_id: str) -> ResponseReturnValue:
    """Store and acknowledge a part, completely or not at all."""
    part, began_at = tus.parse_part_headers(request.headers), _began_at()
    upload = uploads.find_upload(db.session(), access.attempt_id(), upload_id, now=now())
    most, limit = uploads.check_part(upload, part, _policy()), _limit_in_force(upload)
    end_reading()  # hold no transaction while the body arrives
    received = _receive(upload_id, part, most)
    accepted = _acknowledge(upload_id, replace(part, size=received.size), received, began_at)
    is_last = accepted.offset == accepted.length
    headers = part_headers(accepted.offset, expires_at=None if is_last else accepted.expires_at)
    return Response(status=204, headers={**headers, **limit})


@blueprint.route("/<upload_id>", methods=["DELETE"], provide_automatic_options=False)
@requires("upload")
def terminate(upload_id: str) -> ResponseReturnValue:
    """Terminate an upload and delete its bytes."""
    with transaction() as session:
        keys = uploads.terminate_upload(session, access.attempt_id(), upload_id, now=now())
        after_commit(discard, get_storage(), keys)
    return Response(status=204)


@blueprint.route("/<upload_id>", methods=["POST"], provide_automatic_options=False)
@requires("upload")
@takes_files()
def override_method(upload_id: str) -> ResponseReturnValue:
    """Apply the method in X-HTTP-Method-Override, for clients that can only send POST."""
    views = {"PATCH": append, "DELETE": terminate, "HEAD": offset}
    view = views.get(request.headers.get("X-HTTP-Method-Override", "").upper())
    if view is None:
        abort(405)
    return view(upload_id)


@blueprint.before_request
def _check_protocol() -> None:
    if request.method == "OPTIONS":
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin not in (origin_of(current_config().base_url), origin_of(request.host_url)):
        raise ProtocolError(TusFault.FOREIGN_ORIGIN, "Origin")
    tus.check_version(request.headers)


@blueprint.after_request
def name_version(response: Response) -> Response:
    """Add the headers that every response of this endpoint has."""
    response.headers["Tus-Resumable"] = tus.VERSION
    if response.status_code == 412:
        response.headers["Tus-Version"] = tus.VERSION
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@blueprint.errorhandler(ProtocolError)
def _refuse(error: ProtocolError) -> Response:
    refusal = DomainError(WORDS[error.fault])
    refusal.status = error.fault.status
    return _error_response(refusal)


@blueprint.errorhandler(DomainError)
def _error_response(error: DomainError) -> Response:
    if request.accept_mimetypes.best_match(["text/plain", "application/json"]) == "application/json":
        words = {"error": error.title, "message": error.message, "kept": error.kept, "next": error.next_step}
        response = jsonify({name: str(value) for name, value in words.items()})
    else:
        response = Response(f"{error.message}\n", content_type="text/plain; charset=utf-8")
    if isinstance(error, BusyError):
        response.headers["Retry-After"] = "1"
    response.status = "460 Checksum Mismatch" if error.status == 460 else str(error.status)
    return response


@blueprint.errorhandler(StorageUnavailableError)
@blueprint.errorhandler(OperationalError)
def _unavailable(error: Exception) -> Response:
    current_app.logger.error("upload unavailable, client will retry: error=%s", type(error).__name__)
    db.session.remove()
    return _error_response(UnavailableError())


def _receive(upload_id: str, part: tus.PartHeaders, most: int) -> Received:
    expected = Expected(size=part.size, most=most, checksum=part.checksum)
    try:
        return store_body(get_storage(), request.stream, upload_id, part.offset, expected, now=now())
    except ClientDisconnected:
        raise ProtocolError(TusFault.BODY_CUT, "Content-Length") from None
    except RequestEntityTooLarge:
        raise ProtocolError(TusFault.OVER_THE_LIMIT, "Content-Length") from None


def _began_at() -> datetime | None:
    """Return when the head of the request arrived, or None if the web server did not record it."""
    try:
        return datetime.fromtimestamp(float(request.environ[f"HTTP_{ARRIVED_HEADER}"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def _acknowledge(upload_id: str, part: tus.PartHeaders, received: Received, began_at: datetime | None) -> Accepted:
    """Write the rows of the stored parts.

    If the parts are refused, their objects are deleted. If the outcome of the commit is unknown, the objects are kept,
    and the sweeper deletes those without rows.
    """

    def accept() -> Accepted:
        with transaction() as session:
            accepted = uploads.accept_part(
                session, access.attempt_id(), upload_id, part, received, _policy(), began_at=began_at, now=now()
            )
            if accepted.take_is_complete:
                after_commit(pipeline.enqueue, Stage.ASSEMBLE, accepted.take_id)
        return accepted

    try:
        return with_retries(accept)  # the body has been read, so the view cannot be repeated
    except (ProtocolError, DomainError):
        discard(get_storage(), received.keys)
        raise


def part_headers(offset: int, *, expires_at: datetime | None) -> dict[str, str]:
    """Return the headers of the response to a part. `expires_at` is None for the last part."""
    return {"Upload-Offset": str(offset), **(_expiry(expires_at) if expires_at else {})}


def limit_headers(seconds: int | None) -> dict[str, str]:
    """Return the header with the limit on recorded time of a running take."""
    return {"Fairtake-Recording-Seconds": "none" if seconds is None else str(seconds)}


def origin_of(address: str) -> str:
    """Return the origin of an address: scheme, host and port."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _limit_in_force(upload: Upload) -> dict[str, str]:
    if upload.take.stopped_at is not None:
        return {}
    return limit_headers(seconds_in_force(db.session(), upload.take))


def _expiry(expires_at: datetime) -> dict[str, str]:
    return {"Upload-Expires": tus.format_time(expires_at)}


def _policy() -> UploadLimits:
    return configured_limits(current_config())

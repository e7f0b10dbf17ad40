"""The application class: it begins a view again when the database has ended its transaction in favour of another."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.request_guard import GuardedFlask
from app.transaction import with_retries


class RetryingFlask(GuardedFlask):
    """Begins a view again when the database has ended its transaction and it has committed nothing before."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view of this request."""

        def run() -> ResponseReturnValue:
            for file in _files_read():
                file.stream.seek(0)  # read by the try before
            return super(RetryingFlask, self).dispatch_request()

        return with_retries(run)


def _files_read() -> Iterable[FileStorage]:
    """Return the files of a form that has been read; reading a body for this would take it from the view."""
    form = vars(request._get_current_object()).get("files")  # type: ignore[attr-defined]
    return form.values() if form else ()

"""The application class. It repeats a view if the database aborted the view's transaction in favour of another one."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.request_guard import GuardedFlask
from app.transaction import with_retries


class RetryingFlask(GuardedFlask):
    """Runs a view again if the database aborted its transaction, unless the view has already committed something."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view of this request, and repeat it if necessary."""

        def run() -> ResponseReturnValue:
            for file in _files_read():
                file.stream.seek(0)  # the previous try has read the file
            return super(RetryingFlask, self).dispatch_request()

        return with_retries(run)


def _files_read() -> Iterable[FileStorage]:
    """Return the files of a form that was already parsed. Parsing the form here would take the body from the view."""
    form = vars(request._get_current_object()).get("files")  # type: ignore[attr-defined]
    return form.values() if form else ()

"""One address for a page and for the part of it that HTMX swaps."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template
from htmx_flask import make_response, request


def wants_partial() -> bool:
    """Whether HTMX asks for a part of a page. When the browser goes back to a page that HTMX no longer has, it wants all of it."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def page_or_partial(page: str, partial: str, **context: Any) -> Response:
    """Render `partial` for HTMX and else `page`; both templates are told by `is_partial` which it is."""
    is_partial = wants_partial()
    return depends_on_htmx(
        make_response(render_template(partial if is_partial else page, is_partial=is_partial, **context))
    )


def depends_on_htmx(response: Response) -> Response:
    """Say to caches, and to our scripts, that this address has another answer for HTMX."""
    response.vary.add("HX-Request")
    return response

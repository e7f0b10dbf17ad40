"""One address for a page and for the partial that HTMX swaps."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template
from htmx_flask import make_response, request


def wants_partial() -> bool:
    """Return whether HTMX asks for a partial.

    If the browser goes back to a page that is no longer in HTMX's cache, HTMX asks for the whole page.
    """
    return bool(request.htmx) and not request.htmx.history_restore_request


def page_or_partial(page: str, partial: str, **context: Any) -> Response:
    """Render `partial` for HTMX, else `page`. The variable `is_partial` tells the templates whether it is a partial."""
    is_partial = wants_partial()
    return depends_on_htmx(
        make_response(render_template(partial if is_partial else page, is_partial=is_partial, **context))
    )


def depends_on_htmx(response: Response) -> Response:
    """Tell caches and our scripts that the response from this address is different for HTMX."""
    response.vary.add("HX-Request")
    return response

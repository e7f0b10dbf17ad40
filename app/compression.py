"""Pages for a thin line: HTML leaves compressed where the browser takes it so.

What an attacker could learn from the length of a compressed page (BREACH) needs requests in the victim's name from
elsewhere: the session cookie is SameSite=Lax and goes with none but a followed link.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

WORTH_IT = 1024
"""Bytes below which a page goes as it is."""


def init_app(app: Flask) -> None:
    """Compress every page on its way out."""
    app.after_request(compress_page)


def compress_page(response: Response) -> Response:
    """Compress a whole HTML answer in place; others, and those that are streamed, stay as they are."""
    if response.mimetype != "text/html" or response.is_streamed or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    page = response.get_data()
    if len(page) >= WORTH_IT and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(page, 9, mtime=0))
        response.content_encoding = "gzip"
    return response

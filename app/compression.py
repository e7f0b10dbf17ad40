"""Compress HTML pages for slow connections, if the browser accepts it.

An attacker who wants to learn from the length of compressed pages (BREACH) needs authenticated requests from another
site. The session cookie is SameSite=Lax, so it is sent only when a link is followed.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

WORTH_IT = 1024
"""Minimum size in bytes. Smaller pages are not compressed."""


def init_app(app: Flask) -> None:
    """Compress every HTML page that is sent."""
    app.after_request(compress_page)


def compress_page(response: Response) -> Response:
    """Compress a complete HTML response in place. Other and streamed responses are not changed."""
    if response.mimetype != "text/html" or response.is_streamed or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    page = response.get_data()
    if len(page) >= WORTH_IT and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(page, 9, mtime=0))
        response.content_encoding = "gzip"
    return response

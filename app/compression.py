"""Pages for slow connections: HTML is sent compressed if the browser accepts that.

To learn something from the length of compressed pages (BREACH), an attacker needs authenticated requests from another
site. The session cookie is SameSite=Lax and is sent only when a link is followed.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

WORTH_IT = 1024
"""Smaller pages are not compressed. Bytes."""


def init_app(app: Flask) -> None:
    """Compress every page that is sent."""
    app.after_request(compress_page)


def compress_page(response: Response) -> Response:
    """Compress a whole HTML answer in place. Other answers, and streamed ones, are not changed."""
    if response.mimetype != "text/html" or response.is_streamed or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    page = response.get_data()
    if len(page) >= WORTH_IT and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(page, 9, mtime=0))
        response.content_encoding = "gzip"
    return response

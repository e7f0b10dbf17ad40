"""Compress HTML pages for slow connections, if the browser accepts compression.

An attacker who wants to learn from the length of compressed pages (BREACH) needs authenticated requests from another
site. The session cookie is SameSite=Lax, so it is sent only when a link is followed.
"""

from __future__ import annotations

from flask import Flask, Response, request

from app import encodings

MIN_COMPRESSED_BYTES = 1024
"""Smaller pages are not compressed."""


def init_app(app: Flask) -> None:
    """Compress every HTML page that is sent."""
    app.after_request(compress_page)


def compress_page(response: Response) -> Response:
    """Compress a complete HTML response in place. Other and streamed responses are not changed."""
    if response.mimetype != "text/html" or response.is_streamed or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    page = response.get_data()
    encoding = encodings.best_encoding(request.accept_encodings)
    if len(page) >= MIN_COMPRESSED_BYTES and encoding:
        response.set_data(encodings.compress_page(page, encoding))
        response.content_encoding = str(encoding)
    return response

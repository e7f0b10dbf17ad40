"""How much of a request is read. What is read whole into memory is small; recordings come in pieces, to disk."""

from __future__ import annotations

from flask import Flask, request

SMALL_BODY = 1024 * 1024
"""Bytes of a form or of JSON; the longest form, an introduction of 5,000 characters, needs a hundredth of it."""

READ_IN_PIECES = ("multipart/form-data", "application/offset+octet-stream")
"""Types whose readers never hold the whole; for them the limit on recordings counts (MAX_CONTENT_LENGTH)."""


def init_app(app: Flask) -> None:
    """Set the limit before anything looks into the body; the check of the form token does that first."""
    app.before_request(limit_body)


def limit_body() -> None:
    """Let the rest be refused with 413 once it is larger than a form can be."""
    if request.mimetype not in READ_IN_PIECES:
        request.max_content_length = SMALL_BODY

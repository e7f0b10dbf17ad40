"""Security headers for every response (OWASP ASVS 5.0, V3.4)."""

from __future__ import annotations

from flask import Flask, Response, request

from app.config import current_config
from app.static_files import first_styles_source

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' {first_styles}",
        "img-src 'self' data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

FILES = ("static", "recording.sentences")
"""The endpoints of files that are the same for everybody."""


def policy() -> str:
    """Return the Content-Security-Policy. The only inline styles are those of `static_files.first_styles()`, by hash."""
    return POLICY.format(first_styles=first_styles_source())


def init_app(app: Flask) -> None:
    """Add the headers to every response."""
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Add missing headers. A view, such as the one for media, may have set stricter ones."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if request.endpoint in FILES and response.mimetype not in ("text/html", "image/svg+xml"):
        return response  # these files are public and not documents, so the other headers would have no effect
    headers.setdefault("Content-Security-Policy", policy())
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), payment=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if response.mimetype == "text/html":
        headers.setdefault("Cache-Control", "private, no-store")
    if current_config().is_https:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response

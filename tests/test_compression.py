"""Pages are sent compressed, and their content does not change."""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from app.compression import compress_page

pytestmark = pytest.mark.database_independent

AS_GZIP = {"Accept-Encoding": "gzip"}


def test_page_is_compressed_for_clients_that_accept_it(client: FlaskClient) -> None:
    squeezed = client.get("/sign-in", headers=AS_GZIP, check=False)
    assert squeezed.content_encoding == "gzip"
    assert int(squeezed.headers["Content-Length"]) == len(squeezed.data)
    assert b"<h1" in gzip.decompress(squeezed.data)
    assert "Accept-Encoding" in squeezed.vary


def test_brotli_is_preferred_to_gzip(client: FlaskClient) -> None:
    small = client.get("/sign-in", headers={"Accept-Encoding": "gzip, deflate, br, zstd"}, check=False)
    gzipped = client.get("/sign-in", headers=AS_GZIP, check=False)
    assert small.content_encoding == "br"
    assert b"<h1" in brotli.decompress(small.data)
    assert len(small.data) < len(gzipped.data)


def test_page_is_uncompressed_for_other_clients(client: FlaskClient) -> None:
    plain = client.get("/sign-in")
    assert plain.content_encoding is None
    assert b"<h1" in plain.data
    assert client.get("/sign-in", headers={"Accept-Encoding": "gzip;q=0"}).content_encoding is None


def test_short_responses_and_files_are_not_compressed(app: Flask) -> None:
    with app.test_request_context(headers=AS_GZIP):
        assert compress_page(Response("x" * 5000, mimetype="text/vtt")).content_encoding is None
        assert compress_page(Response("<p>short</p>", mimetype="text/html")).content_encoding is None
        assert compress_page(Response(iter(["x" * 5000]), mimetype="text/html")).content_encoding is None

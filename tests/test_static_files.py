"""Static files are small on the line, the same when they arrive, and asked for once."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from app import static_files

STATIC = Path(static_files.__file__).parent / "static"
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))


def address(app: Flask, filename: str) -> str:
    """The address that a page gives for a static file."""
    with app.test_request_context():
        return url_for("static", filename=filename)


def test_a_page_s_address_of_a_file_may_be_kept_for_good(app: Flask, client: FlaskClient) -> None:
    response = client.get(address(app, "css/site.css"))
    assert response.headers["Cache-Control"] == static_files.FOR_GOOD
    assert response.data == static_files.style_without_comments((STATIC / "css/site.css").read_bytes())
    assert response.content_type == "text/css"


def test_an_address_of_an_older_version_is_answered_and_not_kept(client: FlaskClient) -> None:
    response = client.get("/static/v000000000000/css/site.css")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-cache"


def test_a_script_carries_few_headers_and_a_drawing_those_of_a_document(app: Flask, client: FlaskClient) -> None:
    script = client.get(address(app, "js/app.js"), headers={"Accept-Encoding": "gzip"}).headers
    assert script["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" not in script
    assert "Content-Security-Policy" in client.get(address(app, "icons/favicon.svg")).headers
    assert "Content-Security-Policy" in client.get("/static/nothing.js", check=False).headers


def test_a_file_is_compressed_for_those_who_take_it_so(app: Flask, client: FlaskClient) -> None:
    where = address(app, "css/site.css")
    response = client.get(where, headers={"Accept-Encoding": "gzip"})
    assert response.content_encoding == "gzip"
    assert "Accept-Encoding" in response.vary
    assert gzip.decompress(response.data) == client.get(where).data


def test_a_file_that_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    where = "/static/css/site.css"
    etag = client.get(where).headers["ETag"]
    assert client.get(where, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    "name", ["nothing.css", "../config.py", "v000000000000/../../config.py", "css", "%2e%2e/config.py"]
)
def test_what_is_not_a_static_file_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}", check=False).status_code == 404


def test_comments_of_a_script_go_and_its_code_stays() -> None:
    script = (
        b'// one\nconst a = "// in text"; // gone\n/** two\n * lines\n */\n  call("http://x"); // "kept"\n/* three */\n'
    )
    left = b'const a = "// in text";\ncall("http://x"); // "kept"\n'
    assert static_files.script_without_comments(script) == left


def test_comments_of_a_style_sheet_go_and_its_rules_stay() -> None:
    style = b"/* one\n   two */\na {\n  color: red; /* three */\n}\n"
    assert static_files.style_without_comments(style) == b"a {\ncolor: red;}\n"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_has_text_that_looks_like_a_comment(script: Path) -> None:
    """Text over several lines would lose its indentation, or lines that begin like a comment."""
    code = static_files.script_without_comments(script.read_bytes()).decode()
    plain = re.sub(r'"(?:[^"\\\n]|\\.)*"|//.*', "", code)
    assert all(line.count("`") % 2 == 0 for line in plain.splitlines())


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_one_without_its_comments_too(script: Path, tmp_path: Path) -> None:
    stripped = tmp_path / "script.mjs"
    stripped.write_bytes(static_files.script_without_comments(script.read_bytes()))
    subprocess.run(["node", "--check", str(stripped)], check=True, capture_output=True)

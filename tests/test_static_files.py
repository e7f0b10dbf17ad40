"""Static files are sent compressed, arrive unchanged, and are requested only once by a browser."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from urllib.parse import unquote

import brotli
import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from app import static_files
from tests.page_check import CheckingClient

pytestmark = pytest.mark.database_independent

STATIC = Path(static_files.__file__).parent / "static"


def address(app: Flask, filename: str) -> str:
    """Return the address that pages use for a static file."""
    with app.test_request_context():
        return url_for("static", filename=filename)


def test_address_with_a_hash_may_be_cached_permanently(app: Flask, client: FlaskClient) -> None:
    response = client.get(address(app, "built/site.css"))
    assert response.headers["Cache-Control"] == static_files.CACHE_IMMUTABLE
    assert response.data == (STATIC / "built/site.css").read_bytes()
    assert response.content_type == "text/css"


def test_address_of_an_older_version_works_and_is_not_cached(client: FlaskClient) -> None:
    response = client.get("/static/v000000000000/built/site.css")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-cache"


def test_script_has_few_headers_and_svg_has_those_of_a_page(app: Flask, client: FlaskClient) -> None:
    script = client.get(address(app, "built/site.js"), headers={"Accept-Encoding": "gzip"}).headers
    assert script["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" not in script
    assert "Content-Security-Policy" in client.get(address(app, "icons/favicon.svg")).headers
    assert "Content-Security-Policy" in client.get("/static/nothing.js", check=False).headers


def test_file_is_compressed_for_clients_that_accept_it(app: Flask, client: FlaskClient) -> None:
    where = address(app, "built/site.css")
    response = client.get(where, headers={"Accept-Encoding": "gzip"})
    assert response.content_encoding == "gzip"
    assert "Accept-Encoding" in response.vary
    assert gzip.decompress(response.data) == client.get(where).data


def test_a_file_is_smallest_as_brotli(app: Flask, client: FlaskClient) -> None:
    where = address(app, "built/recorder.js")
    small = client.get(where, headers={"Accept-Encoding": "br, gzip"})
    assert small.content_encoding == "br"
    assert brotli.decompress(small.data) == client.get(where).data
    assert len(small.data) < len(client.get(where, headers={"Accept-Encoding": "gzip"}).data)


def test_a_file_that_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    where = "/static/built/site.css"
    etag = client.get(where).headers["ETag"]
    assert client.get(where, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    "name", ["nothing.css", "../config.py", "v000000000000/../../config.py", "css", "%2e%2e/config.py"]
)
def test_path_outside_the_static_folder_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}", check=False).status_code == 404


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Path:
    """A static folder that belongs to one test, with one script."""
    app.static_folder = str(tmp_path)
    static_files.init_app(app)
    (tmp_path / "one.js").write_text("1")
    return tmp_path


def test_changed_file_has_another_address_at_once_and_is_not_kept_under_the_old_one(
    app: Flask, client: FlaskClient, folder: Path
) -> None:
    before = address(app, "one.js")
    assert client.get(before).data == b"1"
    (folder / "one.js").write_text("22")
    after = address(app, "one.js")
    assert after != before
    assert client.get(after).data == client.get(before).data == b"22"
    assert client.get(after).headers["Cache-Control"] == static_files.CACHE_IMMUTABLE
    assert client.get(before).headers["Cache-Control"] == "no-cache"


def test_address_of_a_file_depends_on_no_other_file(app: Flask, folder: Path) -> None:
    before = address(app, "one.js")
    (folder / "two.js").write_text("2")
    assert address(app, "one.js") == before


def test_built_scripts_have_one_version_because_they_import_each_other(app: Flask, folder: Path) -> None:
    built = folder / "built"
    built.mkdir()
    for name in ("one.js", "two.js", "site.css"):
        (built / name).write_text(name)
    one, two, style = (address(app, f"built/{name}") for name in ("one.js", "two.js", "site.css"))
    assert one.removesuffix("one.js") == two.removesuffix("two.js")
    (built / "two.js").write_text("changed")
    assert address(app, "built/one.js") != one
    assert address(app, "built/site.css") == style


def test_pages_use_the_sources_where_nothing_is_built(app: Flask, client: FlaskClient, folder: Path) -> None:
    for name in ("js/pages/new.js", "css/new.css"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(name)
    for built, source in (("built/new.js", "js/pages/new.js"), ("built/new.css", "css/new.css")):
        assert address(app, built).endswith(f"/{source}")
        assert client.get(address(app, built)).data == source.encode()


def test_missing_file_has_an_address_without_fingerprint(app: Flask, folder: Path) -> None:
    assert address(app, "three.js") == "/static/three.js"


def test_icon_is_part_of_the_page_and_a_valid_address(client: CheckingClient) -> None:
    icon = client.page("/sign-in").select_one("link[rel=icon]")
    assert icon
    head, data = str(icon["href"]).split(",", 1)
    assert head == "data:image/svg+xml"
    assert unquote(data).startswith("<svg ")
    assert re.fullmatch(r"[!-~]+", data)
    assert not set(data) & set("\"<>#' ")

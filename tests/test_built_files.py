"""Browsers get exactly the files that are built from the sources. Pages use no other scripts and style sheets."""

from __future__ import annotations

import re

import pytest

from app.encodings import Encoding, compress_file
from app.static_files import read
from tools.front_end import BUILT, LATER_SCRIPTS, PAGES, STATIC, stale_files
from tools.node_packages import is_installed

TEMPLATES = STATIC.parent / "templates"
RECORDER_SCRIPT_BYTES = 4_600
"""Maximum size of the script of a question page until Start can be pressed, in bytes, compressed with gzip."""
LATER_SCRIPT_BYTES = 11_400
"""Maximum size of what it loads when Start can be pressed."""

LEAN = {"recorder", "device_check"}
"""Scripts of pages without forms to keep and without htmx. They have js/page_parts.js, at once or later."""
ADDED = {"player"}
"""Scripts that a page loads in addition to its own."""


@pytest.mark.skipif(not is_installed(), reason="the packages of package.json are not installed")
def test_built_files_equal_the_build_of_the_sources() -> None:
    assert list(stale_files()) == []


def templates() -> list[str]:
    return [path.read_text() for path in sorted(TEMPLATES.rglob("*.html"))]


def test_every_script_and_style_sheet_that_a_page_names_is_built() -> None:
    text = "\n".join(templates())
    scripts = {f"{name}.js" for name in re.findall(r'{% set script = "(\w+)" %}', text)} | {"site.js"}
    scripts |= set(re.findall(r"filename='built/(\w+\.js)'", text))
    styles = set(re.findall(r"filename='built/(\w+\.css)'", text))
    assert scripts | styles | {*LATER_SCRIPTS, "first.css"} == {path.name for path in BUILT.iterdir()}
    assert scripts == {path.name for path in PAGES.glob("*.js")}


def test_pages_name_no_script_or_style_sheet_besides_the_built_ones() -> None:
    named = {name for text in templates() for name in re.findall(r"filename='([^']+)'", text)}
    assert {name for name in named if not name.startswith(("built/", "icons/"))} == {"vendor/htmx/htmx.min.js"}


def test_every_page_script_includes_the_site_script() -> None:
    for page in PAGES.glob("*.js"):
        if page.stem in ADDED | LEAN:
            continue
        first = re.findall(r'^import "(.+)";$', page.read_text(), re.MULTILINE)[:1]
        assert first == (["../app.js"] if page.stem == "site" else ["./site.js"]), page


def test_script_of_a_question_page_is_small() -> None:
    assert len(compress_file(read(BUILT / "recorder.js").body, Encoding.GZIP)) < RECORDER_SCRIPT_BYTES
    assert len(compress_file(read(BUILT / "later.js").body, Encoding.GZIP)) < LATER_SCRIPT_BYTES


@pytest.mark.parametrize("name", LATER_SCRIPTS)
def test_later_part_of_a_script_has_no_module_of_the_first(name: str) -> None:
    later = (BUILT / name).read_text()
    assert re.findall(r'from"(.+?)"', later) == ["./recorder.js"]
    assert "getUserMedia(" not in later
    assert "getUserMedia(" in (BUILT / "recorder.js").read_text()

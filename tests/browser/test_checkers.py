"""Each installed checker finds the problem in a sample page, and does not change the page."""

from __future__ import annotations

import shutil

from playwright.sync_api import Page

from tests.browser.checkers import problems_of
from tools.node_packages import NodePackageError, find_package

SAMPLE = """<!DOCTYPE html><html lang="en"><head><title>Sample</title></head><body><main><h1>Sample</h1>
<form aria-label="One"><button>Go</button></form><form aria-label="One"><button>Go</button></form>
<details><summary>More</summary><p><input id="inside"></p></details><p colour="red"><img src="/favicon.ico"></p></main></body></html>"""


def is_here(name: str) -> bool:
    """Return whether a checker is installed."""
    try:
        return find_package(name).is_dir()
    except NodePackageError:
        return False


def test_each_checker_finds_a_planted_problem(page: Page) -> None:
    page.set_content(SAMPLE)
    found = "\n".join(problems_of(page))
    assert "image-alt: " in found
    assert ("IBM: img_alt_valid: " in found) == is_here("accessibility-checker-engine")
    assert ("IBM: aria_form_label_unique: " in found) == is_here("accessibility-checker-engine")
    assert ("IBM: input_label_exists: " in found) == is_here("accessibility-checker-engine")
    assert ("Nu: Attribute “colour” not allowed" in found) == (is_here("vnu-jar") and bool(shutil.which("java")))
    assert page.locator("details[open]").count() == 0

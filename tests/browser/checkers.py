"""Runs all checkers on the current state of a page: axe-core, IBM's checker and the Nu HTML checker.

IBM's and the Nu checker are npm packages (tools/node_packages.py). `make test` installs them, or reports that it could
not.
"""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.axe import axe_problems
from tests.browser.ibm import ibm_problems
from tests.browser.nu import nu_problems

SERIALISED = "() => '<!DOCTYPE html>' + document.documentElement.outerHTML"


def problems_of(page: Page) -> list[str]:
    """Return the problems that the checkers find in the current state of the page."""
    return [*axe_problems(page), *ibm_problems(page), *nu_problems(page.evaluate(SERIALISED))]

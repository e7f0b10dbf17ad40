"""All that looks for faults in a page as it stands: axe-core, IBM's checker and the Nu HTML checker.

The last two are npm packages (tools/node_packages.py); `make test` installs them, and says loudly where it could not.
"""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.axe import axe_problems
from tests.browser.ibm import ibm_problems
from tests.browser.nu import nu_problems

SERIALISED = "() => '<!DOCTYPE html>' + document.documentElement.outerHTML"


def problems_of(page: Page) -> list[str]:
    """Return what any checker finds wrong with the page in this state; empty when none finds anything."""
    return [*axe_problems(page), *ibm_problems(page), *nu_problems(page.evaluate(SERIALISED))]

"""Runs axe-core in a page, with all its rules: target size, best practices, AAA and experimental rules included."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# In forced colours, the browser uses the colours that the person chose. axe-core reads -webkit-text-fill-color, and
# Chromium reports this property without the forced colours. So the contrast rules are left out in this mode.
RUN = """async () => {
  const isForced = matchMedia("(forced-colors: active)").matches;
  const isMeant = ({ ruleId }) => !(isForced && ruleId.startsWith("color-contrast"));
  const rules = Object.fromEntries(axe.getRules().map(rule => [rule.ruleId, { enabled: isMeant(rule) }]));
  const { violations } = await axe.run(document, { rules, resultTypes: ["violations"] });
  return violations.flatMap(found => found.nodes.map(node => `${found.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}"""


def axe_problems(page: Page) -> list[str]:
    """Return the problems that axe-core finds in the current state of the page."""
    page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(RUN)
    return found

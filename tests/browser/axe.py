"""axe-core in a page of ours, with every rule it has: target size, best practice, AAA and the experimental ones too."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# In forced colours the colours are the person's own. axe-core reads -webkit-text-fill-color, which Chromium reports as it
# would be without them.
RUN = """async () => {
  const isForced = matchMedia("(forced-colors: active)").matches;
  const isMeant = ({ ruleId }) => !(isForced && ruleId.startsWith("color-contrast"));
  const rules = Object.fromEntries(axe.getRules().map(rule => [rule.ruleId, { enabled: isMeant(rule) }]));
  const { violations } = await axe.run(document, { rules, resultTypes: ["violations"] });
  return violations.flatMap(found => found.nodes.map(node => `${found.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}"""


def axe_problems(page: Page) -> list[str]:
    """Return what axe finds wrong with the page as it stands; empty when nothing is."""
    page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(RUN)
    return found

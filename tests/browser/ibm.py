"""Runs IBM's accessibility checker in a page, with all rules of its newest set and every <details> element open."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Page

from tools.node_packages import NodePackageError, find_package

RUN = """async ([falseAlarms]) => {
  const closed = [...document.querySelectorAll('details:not([open])')];
  for (const one of closed) one.open = true;
  const { results } = await new ace.Checker().check(document, ['IBM_Accessibility']);
  for (const one of closed) one.open = false;
  const isMeant = ({ value, ruleId, node }) =>
    ['FAIL', 'POTENTIAL'].includes(value[1]) && !(falseAlarms[ruleId] && node.matches?.(falseAlarms[ruleId]));
  return results.filter(isMeant).map(({ value, ruleId, path, snippet, message }) =>
    ({ level: value[1], rule: ruleId, text: `IBM: ${ruleId}: ${path.dom}: ${message}: ${snippet}` }));
}"""
UNNAMED_FORM = "form:not([aria-label], [aria-labelledby], [title])"
FALSE_ALARMS = {
    # A form without a name is not a landmark (HTML Accessibility API Mappings), so it needs no unique name.
    "aria_form_label_unique": UNNAMED_FORM,
    "aria_landmark_name_unique": UNNAMED_FORM,
    # Scrollable content must be reachable by keyboard (WCAG 2.1.1). axe-core requires this tabindex.
    "element_tabbable_role_valid": ".table-scroll[role=region][tabindex='0']",
    # HTML allows "username" on email fields, and password managers rely on it.
    "input_autocomplete_valid": "input[type=email][autocomplete=username]",
}
"""Rules whose FAIL is wrong for some elements, each with the selector of these elements."""
CHECKED_BY_HAND = {
    "blockquote_cite_exists": "what is quoted was written here and has no address",
    "caption_track_exists": "where captions are corrected, they stand beside the recording as fields",
    "input_checkboxes_grouped": "a choice that stands alone is alone",
    "input_fields_grouped": "fields that belong together are in a fieldset; the others do not",
    "input_label_visible": "it does not see the labels of text areas; axe-core does",
    "list_structure_proper": "dl with div, which HTML allows and Nu checks",
    "select_options_grouped": "the options are of one kind",
    "style_color_misuse": "asked of every page that has a style sheet; nothing is told by colour alone",
    "text_block_heading": "the words of a question, under the heading that numbers it",
    "text_quoted_correctly": "what is between quotation marks is to be typed like that",
    "text_sensory_misuse": "'left' as in time that is left",
}
"""Rules that only ask for a manual check (POTENTIAL), each with the result of that check.

Rules that ask for a manual check of every page (MANUAL) are ignored.
"""


def ibm_problems(page: Page) -> list[str]:
    """Return the problems that IBM's checker finds in the current state of the page; [] if it is not installed."""
    script = _script()
    if not script:
        return []
    page.evaluate(script)
    found: list[dict[str, Any]] = page.evaluate(RUN, [FALSE_ALARMS])
    return [one["text"] for one in found if one["level"] == "FAIL" or one["rule"] not in CHECKED_BY_HAND]


@cache
def _script() -> str | None:
    try:
        return (find_package("accessibility-checker-engine") / "ace.js").read_text(encoding="utf-8")
    except NodePackageError:
        return None

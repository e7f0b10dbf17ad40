"""IBM's checker in a page of ours, with all rules of its newest set, and what is inside every <details> open to it."""

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
    # A form without a name is no landmark (HTML Accessibility API Mappings), so it needs none that is its own.
    "aria_form_label_unique": UNNAMED_FORM,
    "aria_landmark_name_unique": UNNAMED_FORM,
    # What scrolls must be reached by keyboard (WCAG 2.1.1); axe-core asks for just this.
    "element_tabbable_role_valid": ".table-scroll[role=region][tabindex='0']",
    # HTML puts e-mail fields into the control group of user names; password managers go by it.
    "input_autocomplete_valid": "input[type=email][autocomplete=username]",
}
"""Rules that say FAIL, and the elements of which it is not so."""
LOOKED_AT = {
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
"""Rules that only ask a person to look (POTENTIAL), and what a person found. What asks for that on every page (MANUAL) is left out."""


def ibm_problems(page: Page) -> list[str]:
    """Return what IBM's checker finds wrong with the page as it stands; nothing where there is no checker, or no fault."""
    script = _script()
    if not script:
        return []
    page.evaluate(script)
    found: list[dict[str, Any]] = page.evaluate(RUN, [FALSE_ALARMS])
    return [one["text"] for one in found if one["level"] == "FAIL" or one["rule"] not in LOOKED_AT]


@cache
def _script() -> str | None:
    try:
        return (find_package("accessibility-checker-engine") / "ace.js").read_text(encoding="utf-8")
    except NodePackageError:
        return None

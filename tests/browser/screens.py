"""The approved screenshots: how reviewers' pages look, wide and narrow, light, dark and in forced colours, kept in screens/.

They are compared where they were made (`pytest -m screens`) and not in `make test`: another machine has other fonts.
`make screens` takes them anew, to be looked at by a person before they are committed.
"""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Page

SCREENS = Path(__file__).with_name("screens")
FOUND = Path(__file__).parent.parent.parent / "var" / "screens"
"""Where a screenshot lies that is not as approved."""
APPROVES = "FAIRTAKE_APPROVE_SCREENS"
"""In the environment: what is found is written down as approved, and not compared."""
LOOKS = {"light": {}, "dark": {"color_scheme": "dark"}, "forced": {"forced_colors": "active"}}
"""What a browser's context says of the person's choice of colours."""
MOST_DIFFERENT = 0.001
"""The share of points that may differ: the edge of a letter is not always drawn alike."""
DIFFERENT = """async ([approved, found]) => {
  const drawn = await Promise.all([approved, found].map(async (data) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${data}`;
    await picture.decode();
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext('2d');
    context.drawImage(picture, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }));
  if (drawn[0].width !== drawn[1].width || drawn[0].height !== drawn[1].height) return 1;
  const [one, other] = drawn.map((each) => each.data);
  let different = 0;
  for (let at = 0; at < one.length; at += 4) {
    different += [0, 1, 2].some((channel) => Math.abs(one[at + channel] - other[at + channel]) > 32);
  }
  return different / (one.length / 4);
}"""


def screen_problems(page: Page, name: str) -> list[str]:
    """Return how a page looks other than approved, in words. The frame of a video is covered: it depends on decoding."""
    found = page.screenshot(
        full_page=True, animations="disabled", caret="hide", mask=[page.locator("video")], mask_color="#123"
    )
    approved = SCREENS / f"{name}.png"
    if os.environ.get(APPROVES):
        approved.parent.mkdir(exist_ok=True)
        approved.write_bytes(found)
        return []
    if not approved.exists():
        return [f"{name}: nothing is approved"]
    share = share_that_differs(page, approved.read_bytes(), found)
    if share <= MOST_DIFFERENT:
        return []
    FOUND.mkdir(parents=True, exist_ok=True)
    (FOUND / f"{name}.png").write_bytes(found)
    return [f"{name}: {share:.1%} of it is not as approved; see {FOUND / name}.png"]


def share_that_differs(page: Page, one: bytes, other: bytes) -> float:
    """Return the share of points in which two pictures (PNG) differ to the eye; 1 where they are not of one size."""
    with page.context.browser.new_context() as apart:  # type: ignore[union-attr]
        return float(apart.new_page().evaluate(DIFFERENT, [b64encode(each).decode() for each in (one, other)]))

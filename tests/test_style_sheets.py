"""The sources of the style sheets: contrast of colours, scalable sizes, logical sides, no motion."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

CSS = Path(__file__).parent.parent / "app" / "static" / "css"
SHEETS = sorted(CSS.glob("*.css"))
CANDIDATE = ("first", "site", "recorder", "journey")

TEXT = [
    *[("ink", ground) for ground in ("paper", "surface", "sunken", "accent-soft")],
    *[("ink", f"{kind}-soft") for kind in ("info", "success", "warning", "problem")],
    *[("ink-soft", ground) for ground in ("paper", "surface", "sunken", "accent-soft")],
    *[("accent", ground) for ground in ("paper", "surface", "sunken", "accent-soft")],
    *[(kind, "surface") for kind in ("info", "success", "warning", "problem", "record")],
    *[("on-accent", ground) for ground in ("accent", "accent-strong")],
    *[("on-record", ground) for ground in ("record-fill", "record-fill-strong")],
    *[(sign, "stage") for sign in ("on-stage", "on-air", "signal")],
    ("problem", "paper"),
    ("problem", "problem-soft"),
    ("on-mark", "mark"),
]
"""Pairs of text colour and background. Their contrast is at least 7:1 (WCAG 1.4.6)."""

SIGNS = [
    *[(edge, ground) for edge in ("edge", "focus-edge", "accent", "record") for ground in ("surface", "paper")],
    *[(kind, f"{kind}-soft") for kind in ("info", "success", "warning", "problem")],
    ("focus", "focus-edge"),
]
"""Pairs of colours for borders, icons and the two-coloured focus ring. Their contrast is at least 3:1 (WCAG 1.4.11,
2.4.13).
"""


def palette(scheme: str) -> dict[str, str]:
    """Return the colours of a colour scheme by name. Colours in a separate dark block replace the light ones."""
    text = (CSS / "first.css").read_text()
    light, dark = text.split("(prefers-color-scheme: dark)", 1)
    blocks = [light] if scheme == "light" else [light, dark.split("@media", 1)[0]]
    return {name: value for block in blocks for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block)}


def luminance(colour: str) -> float:
    """Return the relative luminance of #rgb or #rrggbb, as WCAG defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 7), (SIGNS, 3)], ids=["text", "signs"])
def test_colours_contrast_with_all_their_backgrounds(scheme: str, pairs: list[tuple[str, str]], least: int) -> None:
    colours = palette(scheme)
    found = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}


def test_contrast_is_calculated_as_in_wcag() -> None:
    assert round(contrast("#000", "#fff"), 2) == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_sizes_are_relative_and_sides_are_logical(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    assert re.findall(r"font(?:-size)?:[^;]*\dpx", text) == []
    assert re.findall(r"[\s;{](?:(?:margin|padding|border)-)?(?:left|right)\s*:", text) == []
    assert re.findall(r"(?:text-align|float): (?:left|right)", text) == []


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_every_rule_is_in_a_layer_and_fetches_nothing(sheet: Path) -> None:
    text = sheet.read_text()
    assert "@import" not in text
    assert "url(" not in text
    assert "@layer" in text


def test_reduced_motion_is_respected() -> None:
    text = (CSS / "site.css").read_text()
    reduced = text.split("(prefers-reduced-motion: reduce)", 1)[1].split("@media", 1)[0]
    assert "animation: none !important" in reduced
    assert "transition: none !important" in reduced
    assert not any("scroll-behavior: smooth" in sheet.read_text() for sheet in SHEETS)


def test_a_candidate_fetches_less_than_twelve_kilobytes_of_style() -> None:
    weight = sum(len(gzip.compress((CSS / f"{name}.css").read_bytes())) for name in CANDIDATE)
    assert weight < 12_000

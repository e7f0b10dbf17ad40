"""Two edits of the same captions are merged: no change is lost, and the editor is asked only about conflicting changes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.merging import Side, merged, side_of, three_way
from app.captions.shaping.cues import Cue

Captions = list[Cue]


def captions(*texts: str) -> Captions:
    return [Cue(1000 * int(text[0]), 1000 * int(text[0]) + 900, text) for text in texts]


versions = st.lists(st.integers(0, 8), unique=True, max_size=7).flatmap(
    lambda places: st.tuples(*(st.sampled_from([f"{place}a", f"{place}b", f"{place}c"]) for place in sorted(places)))
)


def test_changes_of_two_people_to_different_captions_are_both_kept() -> None:
    found = three_way(captions("1a", "2a", "3a"), captions("1b", "2a", "3a"), captions("1a", "2b", "3a"))
    assert [stretch.side for stretch in found] == [Side.YOURS, Side.THEIRS, Side.UNCHANGED]
    assert merged(found, {}) == captions("1b", "2b", "3a")


def test_a_caption_that_both_changed_is_asked_about() -> None:
    found = three_way(captions("1a", "2a"), captions("1b", "2a"), captions("1c", "2a"))
    assert [stretch.side for stretch in found] == [Side.CHOOSE, Side.UNCHANGED]
    assert merged(found, {0: Side.YOURS}) == captions("1b", "2a")
    assert merged(found, {0: Side.THEIRS}) == captions("1c", "2a")
    with pytest.raises(KeyError):
        merged(found, {})


def test_the_same_change_of_both_is_no_question() -> None:
    found = three_way(captions("1a"), captions("1b"), captions("1b"))
    assert [stretch.side for stretch in found] == [Side.BOTH]
    assert merged(found, {}) == captions("1b")


def test_a_cue_that_one_editor_removed_and_another_changed_is_asked_about() -> None:
    found = three_way(captions("1a", "2a"), captions("2a"), captions("1b", "2a"))
    assert [stretch.side for stretch in found] == [Side.CHOOSE, Side.UNCHANGED]


@pytest.mark.parametrize(
    ("base", "yours", "theirs", "side"),
    [
        ("en", "en", "en", Side.UNCHANGED),
        ("en", "cy", "en", Side.YOURS),
        ("en", "en", "cy", Side.THEIRS),
        ("en", "cy", "cy", Side.BOTH),
        ("en", "cy", "ga", Side.CHOOSE),
    ],
)
def test_only_conflicting_changes_are_asked_about(base: str, yours: str, theirs: str, side: Side) -> None:
    assert side_of(base, yours, theirs) is side


@given(versions, versions, versions)
@settings(deadline=None)
def test_every_caption_of_all_three_is_in_a_stretch(
    base: tuple[str, ...], yours: tuple[str, ...], theirs: tuple[str, ...]
) -> None:
    found = three_way(captions(*base), captions(*yours), captions(*theirs))
    for name, given_texts in (("base", base), ("yours", yours), ("theirs", theirs)):
        assert [cue.text for stretch in found for cue in getattr(stretch, name)] == list(given_texts)


@given(versions, versions)
@settings(deadline=None)
def test_merge_with_an_unchanged_version_gives_the_changed_one(base: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    for found in (
        three_way(captions(*base), captions(*base), captions(*theirs)),
        three_way(captions(*base), captions(*theirs), captions(*base)),
    ):
        assert Counter(merged(found, {})) == Counter(captions(*theirs))

"""The figures by group of voices count what a person would count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.voices import Tally, _gap
from benchmarks.word_edits import Edits
from tools.demo_model.scoring import matches

WORDS = st.lists(st.sampled_from(["a", "b", "c", "the", "team", "led"]), max_size=12)


def edits(said: str, heard: str) -> Edits:
    found = Edits()
    found.add(said.split(), heard.split(), language="en", seconds=360)
    return found


@pytest.mark.parametrize(
    ("said", "heard", "changed", "lost", "invented", "ner"),
    [
        ("i led the team", "i led the team", 0, 0, 0, 100.0),
        ("i led the team", "i led a team", 1, 0, 0, 93.75),
        ("i led the team", "i lead the team", 1, 0, 0, 87.5),
        ("i led the small team here", "i led", 0, 4, 0, 50.0),
        ("i led", "i led thank you", 0, 0, 2, 87.5),
        ("i led", "", 0, 2, 0, 0.0),
        ("", "", 0, 0, 0, 0.0),
    ],
)
def test_changed_lost_and_invented_words_are_told_apart(
    said: str, heard: str, changed: int, lost: int, invented: int, ner: float
) -> None:
    found = edits(said, heard)
    assert (found.changed, found.lost, found.invented, found.ner) == (changed, lost, invented, ner)
    assert found.invented_an_hour == 10 * invented


@given(WORDS, WORDS)
def test_wrong_words_are_as_many_as_the_shortest_way_from_one_text_to_the_other(
    said: list[str], heard: list[str]
) -> None:
    found = Edits()
    found.add(said, heard, language="en", seconds=1)
    assert found.wrong == matches(said, heard)[0]


def test_the_gap_is_between_the_best_and_the_worst_group_of_voices() -> None:
    tallies = {name: Tally() for name in ("native English", "telephone", "after quiet", "nothing is said")}
    for name, heard in (
        ("native English", "a b c d"),
        ("telephone", "a b c"),
        ("after quiet", ""),
        ("nothing is said", "a"),
    ):
        for way in ("product", "batched", "defaults"):
            said = "" if name == "nothing is said" else "a b c d"
            tallies[name].edits[way].add(said.split(), heard.split(), language="en", seconds=60)
    (figure,) = _gap(tallies)
    assert figure.ours == "25.0 percentage points, from native English to telephone"
    assert list(_gap({"telephone": tallies["telephone"]})) == []

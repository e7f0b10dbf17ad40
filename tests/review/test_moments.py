"""The search results in one answer: their cues, times and highlighted words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.search.hits import Hit, HitTime, SaidWords, SpokenCue, find_moments, marks_in_cues
from app.review.search.query import Query, Term, parse_query

CUES = [
    SpokenCue(1, 0, "We sailed out of the\nharbour at dawn,"),
    SpokenCue(2, 2500, "into deep"),
    SpokenCue(3, 4000, "water and heavy weather."),
    SpokenCue(4, 6500, "Boats, boats: the harbour was full of boats."),
]


def found(typed: str) -> list[HitTime]:
    return find_moments(parse_query(typed), CUES, "en")


def marked(moment: HitTime) -> list[str]:
    return [moment.text[start:end] for start, end in moment.marks]


def test_every_cue_with_the_word_is_a_hit_with_its_time() -> None:
    assert [(moment.cue_id, moment.start_ms) for moment in found("harbours")] == [(1, 0), (4, 6500)]


def test_line_break_in_a_cue_is_a_space_in_its_hit() -> None:
    (first, _) = found("harbour")
    assert first.text == "We sailed out of the harbour at dawn,"
    assert marked(first) == ["harbour"]


def test_words_of_one_cue_are_one_hit_with_several_marks() -> None:
    (moment,) = found("boat")
    assert marked(moment) == ["Boats", "boats", "boats"]


def test_a_phrase_is_found_across_the_end_of_a_cue() -> None:
    (moment,) = found('"deep water"')
    assert (moment.cue_id, moment.start_ms) == (2, 2500)
    assert moment.text == "into deep water and heavy weather."
    assert marked(moment) == ["deep", "water"]


def test_phrase_continues_across_a_cue_without_words() -> None:
    cues = [SpokenCue(1, 0, "♪"), SpokenCue(2, 10, "The deep"), SpokenCue(3, 20, "♪"), SpokenCue(4, 30, "water, deep")]
    (moment,) = find_moments(parse_query('"deep water"'), cues, "en")
    assert (moment.cue_id, moment.text, marked(moment)) == (2, "The deep ♪ water, deep", ["deep", "water"])
    assert [each.cue_id for each in find_moments(parse_query("deep"), cues, "en")] == [2, 4]


@given(
    cues=st.lists(st.lists(st.sampled_from("ab"), max_size=3), max_size=8),
    phrase=st.lists(st.sampled_from("ab"), min_size=1, max_size=3),
)
def test_a_phrase_is_found_at_every_word_at_which_it_begins(cues: list[list[str]], phrase: list[str]) -> None:
    words = [(word, cue, place) for cue, said in enumerate(cues) for place, word in enumerate(said)]
    lines = [" ".join(said) for said in cues]
    runs = [words[start : start + len(phrase)] for start in range(len(words) - len(phrase) + 1)]
    expected = [Hit(*run[0][1:], *run[-1][1:]) for run in runs if [word for word, *_ in run] == phrase]
    assert SaidWords(lines, lines).hits(Query((Term(tuple(phrase)),)), "tlh") == expected


def test_a_phrase_of_one_word_twice_is_found_wherever_it_begins() -> None:
    (moment,) = find_moments(parse_query('"no no"'), [SpokenCue(1, 0, "no no no, not no")], "en")
    assert marked(moment) == ["no no no"]


def test_a_phrase_inside_a_cue_is_one_mark() -> None:
    assert [marked(moment) for moment in found('"the harbour"')] == [["the harbour"], ["the harbour"]]


def test_words_of_a_query_may_be_anywhere_in_the_answer() -> None:
    assert [moment.cue_id for moment in found("dawn weather")] == [1, 3]


@pytest.mark.parametrize("typed", ["dawn midnight", "harbour -weather", '"water deep"', "harbour -boa*", "harb"])
def test_answer_that_does_not_match_has_no_hits(typed: str) -> None:
    assert found(typed) == []


def test_prefix_matches_the_word_as_said() -> None:
    assert marked(found("sailed")[0]) == ["sailed"]
    assert marked(found("saile*")[0]) == ["sailed"]


def test_overlapping_marks_are_merged() -> None:
    assert marked(found('"of the harbour" "out of" the')[0]) == ["out of the harbour"]


def test_hit_in_a_written_answer_has_no_time() -> None:
    (moment,) = find_moments(parse_query("tide"), [SpokenCue(None, None, "The tides,\nmostly.")], "en")
    assert (moment.cue_id, moment.start_ms, marked(moment)) == (None, None, ["tides"])


def test_transcript_is_marked_even_if_the_answer_does_not_match() -> None:
    assert marks_in_cues(parse_query('"deep water" dawn -boat'), CUES, "en") == {
        0: [(32, 36)],
        1: [(5, 9)],
        2: [(0, 5)],
    }

"""Captions of natural speech meet all limits of the shaper. Captions of any other words meet the limits that have no
exceptions.
"""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.shaping.cues import (
    IN_TIME_MS,
    LATEST_MS,
    MAX_CUE_MS,
    MAX_LINE_LENGTH,
    MAX_READING_SPEED,
    MIN_CUE_MS,
    SILENCE_MS,
    Word,
)
from app.captions.shaping.grammar import grammar_of
from app.captions.shaping.lines import WordLines, pieces
from app.captions.shaping.phrases import is_article, is_forbidden, is_inside_name
from app.captions.shaping.shaper import MAX_CUE_WORDS, measure, shape_cues
from tests.captions.speech import ANSWER, any_words, from_steps, spoken, steady, words_in_order

ENGLISH = grammar_of("en")
at_any_pace = settings(deadline=None)


def letters(texts):
    return "".join("".join(texts).split())


def shape(words, after_ms=1000):
    return shape_cues(words, duration_ms=words[-1].end_ms + after_ms)


@at_any_pace
@given(any_words, st.integers(0, 100_000))
def test_any_words_at_all_become_cues_with_every_word_once_in_order(words, duration_ms):
    cues = shape_cues(words, duration_ms=duration_ms)
    assert letters(cue.text for cue in cues) == letters(word.text for word in words)
    assert letters(word.text for cue in cues for word in cue.words) == letters(word.text for word in words)
    for before, after in pairwise(cues):
        assert before.end_ms <= after.start_ms
    for cue in cues:
        assert 0 <= cue.start_ms < cue.end_ms <= max(duration_ms, len(cues))
        assert cue.duration_ms <= MAX_CUE_MS
        assert 1 <= cue.text.count("\n") + 1 <= 2
        assert all(0 < len(line) <= MAX_LINE_LENGTH for line in cue.text.split("\n"))


@at_any_pace
@given(words_in_order)
def test_ordered_words_give_cues_that_are_long_enough_and_end_before_silence(steps):
    words = from_steps(steps)
    cues = shape_cues(words, duration_ms=(words[-1].end_ms if words else 0) + 60_000)
    measures = measure(cues, words)
    assert measures.words_kept
    assert measures.shortest_ms >= MIN_CUE_MS
    assert measures.overlaps == measures.narrow_gaps == 0
    for cue in cues:
        for before, after in pairwise(cue.words):
            assert after.start_ms - before.end_ms < SILENCE_MS


@at_any_pace
@given(words_in_order.filter(bool), st.integers(1, 30))
def test_cues_follow_the_words_when_the_words_leave_time_to_read(steps, slack):
    words = from_steps([(pause, max(length, 120 * len(text)), text) for pause, length, text in steps])
    measures = measure(shape_cues(words, duration_ms=words[-1].end_ms + 100 * slack), words)
    assert measures.furthest_ms <= LATEST_MS
    assert measures.silences_spanned == 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("pace", [90, 120, 150, 165, 180])
def test_natural_speech_meets_every_limit(pace, seed):
    words = spoken(ANSWER, words_per_minute=pace, seed=seed)
    measures = measure(shape(words), words)
    assert measures.failures() == []
    assert measures.cues >= 10


@pytest.mark.parametrize("pace", [200, 240])
def test_speech_faster_than_reading_keeps_every_word_and_none_over_20_characters_a_second(pace):
    words = spoken(ANSWER, words_per_minute=pace)
    measures = measure(shape(words), words)
    assert measures.fastest <= MAX_READING_SPEED
    assert measures.furthest_ms <= LATEST_MS
    assert measures.words_kept


def test_cues_of_a_long_burst_are_delayed_no_more_than_necessary():
    text = "we checked every single invoice against every single order from every single supplier in the whole country"
    words = []
    for part in f"{text} and then {text}".split():
        at = words[-1].end_ms if words else 0
        words.append(Word(at, at + 45 * (len(part) + 1), part, 0.9))
    cues = shape(words, after_ms=3000)
    measures = measure(cues, words)
    assert measures.fastest <= MAX_READING_SPEED
    assert IN_TIME_MS < measures.furthest_ms <= LATEST_MS
    assert cues[0].start_ms == 0


def test_cues_of_unreadably_fast_speech_stay_in_sync():
    words = spoken(ANSWER, words_per_minute=320)
    measures = measure(shape(words), words)
    assert measures.fastest > MAX_READING_SPEED
    assert measures.furthest_ms <= LATEST_MS
    assert measures.words_kept


def test_cues_never_fall_far_behind_the_speech_to_reach_a_pause():
    words = [Word(index * 250, index * 250 + 250, "everything", 0.9) for index in range(60)]
    measures = measure(shape(words, after_ms=10_000), words)
    assert measures.furthest_ms <= LATEST_MS


def test_cue_after_a_burst_of_speech_extends_into_the_next_pause():
    burst = spoken("we checked every single invoice against every single order", words_per_minute=260)
    later = steady("Then we had lunch.", start_ms=burst[-1].end_ms + 2500)
    first, second = shape([*burst, *later])
    assert first.end_ms > burst[-1].end_ms
    assert first.reading_speed <= 17
    assert second.start_ms == later[0].start_ms


def test_a_cue_starts_with_its_first_word_when_nothing_is_in_the_way():
    words = spoken(ANSWER, words_per_minute=140)
    assert all(cue.start_ms == cue.words[0].start_ms for cue in shape(words))


def test_cues_end_with_their_sentences():
    words = steady("I planned the release. We tested every service. The customers were happy with it.", each_ms=550)
    assert [cue.text for cue in shape(words)] == [
        "I planned the release.",
        "We tested every service.",
        "The customers were happy with it.",
    ]


def test_lines_break_at_phrases_never_after_an_article_nor_inside_a_name():
    words = steady("We agreed with the new managing director Maria Elena Garcia on a much better plan for the project")
    for cue in shape(words):
        for upper, lower in pairwise(cue.text.split("\n")):
            assert not is_forbidden(upper.split()[-1], lower.split()[0], ENGLISH)
        assert not is_article(cue.words[-1].text, ENGLISH)


@at_any_pace
@given(
    st.lists(
        st.sampled_from(["the", "an", "Maria Garcia", "Acme", "reviewed", "plan,", "with", "I", "report"]),
        min_size=8,
        max_size=50,
    )
)
def test_no_line_and_no_cue_ends_after_an_article_or_inside_a_name(parts):
    names_apart = [f"{part} met" if part[0] in "MA" else part for part in parts]
    words = steady(" ".join([*names_apart, "yesterday."]))
    assert measure(shape(words), words).bad_breaks == 0


def test_a_long_text_said_quickly_does_not_stay_through_the_silence_that_follows():
    text = "we checked every single invoice against every single order from all suppliers"
    burst = [Word(index * 100, index * 100 + 100, part, 0.9) for index, part in enumerate(text.split())]
    cues = shape([*burst, Word(30_000, 30_500, "Yes.", 0.9)])
    assert cues[-2].end_ms < burst[-1].end_ms + SILENCE_MS


def test_a_long_silence_ends_a_cue_and_the_text_does_not_stay_through_it():
    before, after = steady("I had to think"), steady("about that question", start_ms=10_000)
    first, second = shape([*before, *after])
    assert first.end_ms < before[-1].end_ms + SILENCE_MS
    assert second.start_ms == 10_000


ordinary_words = st.lists(
    st.sampled_from(["we", "planned", "everything", "again", "responsibly", "it,", "tests"]), min_size=2, max_size=60
)


@at_any_pace
@given(ordinary_words, st.integers(200, 1500))
def test_no_cue_has_a_single_word_of_a_longer_sentence(parts, each_ms):
    words = steady(" ".join(parts), each_ms=each_ms)
    assert measure(shape(words), words).lone_words == 0


@at_any_pace
@given(ordinary_words, st.integers(400, 2500))
def test_a_cue_stays_until_its_last_word_has_been_said(parts, each_ms):
    for cue in shape(steady(" ".join(parts), each_ms=each_ms)):
        assert cue.end_ms >= cue.words[-1].end_ms


def test_single_short_cue_is_shown_long_enough_to_read():
    (cue,) = shape([Word(2000, 2200, "Yes.", 0.9)], after_ms=5000)
    assert (cue.start_ms, cue.text) == (2000, "Yes.")
    assert cue.duration_ms >= 1333


def test_last_word_of_a_recording_is_shown_long_enough():
    (cue,) = shape_cues([Word(9900, 10_000, "Goodbye.", 0.9)], duration_ms=10_000)
    assert cue.end_ms <= 10_000
    assert cue.duration_ms >= MIN_CUE_MS


def test_a_word_longer_than_a_line_is_cut_and_nothing_of_it_is_lost():
    address = "https://example.org/" + "abcdefghij" * 12
    cues = shape(steady(f"It is at {address} on our site", each_ms=1500))
    assert max(len(line) for cue in cues for line in cue.text.split("\n")) <= MAX_LINE_LENGTH
    assert address in letters(cue.text for cue in cues)


def test_word_of_accents_alone_is_cut_into_full_lines():
    text = "a" + "\u0301" * 1000
    parts = pieces(text)
    assert "".join(parts) == text
    assert {len(part) for part in parts[:-1]} == {MAX_LINE_LENGTH}


@pytest.mark.parametrize("word", ["a", "\u200b", "harbour"])
def test_work_for_a_word_is_limited_however_short_the_words_are(monkeypatch, word):
    tried = []
    layout = WordLines.layout
    monkeypatch.setattr(WordLines, "layout", lambda self, *run: tried.append(run) or layout(self, *run))
    cues = shape_cues(steady(" ".join([word] * 300), each_ms=20), duration_ms=60_000)
    assert len(tried) <= 300 * MAX_CUE_WORDS
    assert "".join(letters(cue.text for cue in cues)) == word * 300


def test_small_gaps_are_closed():
    words = [*steady("We finished the first report today."), *steady("It was good work.", start_ms=2450)]
    cues = shape(words)
    for before, after in pairwise(cues):
        assert before.end_ms == after.start_ms


def test_chinese_is_written_without_spaces_and_english_with_them():
    (cue,) = shape([Word(0, 500, "我", 0.9), Word(500, 900, "们", 0.9), Word(900, 1500, "team", 0.9)])
    assert cue.text == "我们 team"


def test_empty_transcript_gives_no_cues():
    assert shape_cues([], duration_ms=5000) == []
    assert shape_cues([Word(0, 10, "  ", 0.5)], duration_ms=5000) == []


def test_the_words_of_an_hour_can_be_shaped():
    words = spoken(f"{ANSWER} " * 80, words_per_minute=160)
    assert len(shape(words)) > 500


@pytest.mark.parametrize(
    ("text", "following", "is_one_name"),
    [
        ("Maria", "Garcia", True),
        ("Acme", "Health.", True),
        ("J.", "Smith", True),
        ("Garcia,", "London", False),
        ("done.", "Maria", False),
        ("In", "London", False),
        ("and", "Maria", False),
        ("London", "I", False),
        ("Dr.", "Patel", True),
    ],
)
def test_a_name_is_a_run_of_capitals_without_common_words(text, following, is_one_name):
    assert is_inside_name(text, following, ENGLISH) is is_one_name

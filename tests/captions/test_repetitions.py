"""Repeats that a speech model invented are reduced to those that could have been said. A person's repeats are kept."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.captions.shaping.cues import Word
from app.captions.shaping.repetitions import INVENTED, flag_repetitions, without_impossible_repeats
from tests.captions.speech import ANSWER, steady


def said(text: str, start_ms: int, each_ms: int) -> list[Word]:
    """Return the words of a text, each as long as `each_ms`."""
    return [
        Word(start_ms + place * each_ms, start_ms + (place + 1) * each_ms, word, 0.9)
        for place, word in enumerate(text.split())
    ]


def texts(words: list[Word]) -> str:
    return " ".join(word.text for word in words)


@pytest.mark.parametrize("each_ms", [150, 200, 400, 1500])
@pytest.mark.parametrize("text", ["it's " * 8, "I was I was I was I was I was", "no " * 40, "m " * 6])
def test_a_stammer_is_kept_word_for_word(text: str, each_ms: int) -> None:
    words = said(f"so {text} there", 0, max(each_ms, 160))
    assert without_impossible_repeats(words) == words


def test_a_stammer_with_inexact_times_is_kept() -> None:
    edges = [0, 100, 420, 500, 830, 900, 1300, 1380, 1700, 2000]
    words = [Word(start, end, "it's", 0.9) for start, end in pairwise(edges)]
    assert without_impossible_repeats(words) == words


@pytest.mark.parametrize(("each_ms", "least", "most"), [(40, 5, 6), (50, 6, 7), (0, 1, 1)])
def test_twenty_words_in_less_than_a_second_are_cut_back_to_what_its_time_allows(
    each_ms: int, least: int, most: int
) -> None:
    words = [*said("we said", 0, 300), *said("no " * 20, 600, each_ms), *said("and left", 3000, 300)]
    found = without_impossible_repeats(words)
    assert texts(found).startswith("we said no")
    assert texts(found).endswith("no and left")
    assert least <= texts(found).split().count("no") <= most
    assert {word.probability for word in found if word.text == "no"} == {INVENTED}
    assert {word.probability for word in found if word.text != "no"} == {0.9}


def test_said_repeats_are_kept_when_invented_ones_follow() -> None:
    spoken, invented = said("no " * 12, 0, 600), said("no " * 100, 7200, 50)
    found = without_impossible_repeats([*spoken, *invented])
    assert found[:12] == spoken
    assert len(found) <= 12 + 5000 // 150 + 1
    assert all(word.probability == INVENTED for word in found[13:])


def test_phrases_are_cut_back_as_wholes() -> None:
    words = [*said("thank you very much " * 10, 1000, 30), *said("bye", 9000, 300)]
    found = without_impossible_repeats(words)
    assert texts(found) in {"thank you very much " * count + "bye" for count in (1, 2)}


def test_words_stay_in_order_and_inside_their_stretch() -> None:
    words = [*said("so", 0, 200), *said("no " * 30, 200, 33), *said("there", 1190, 200)]
    found = without_impossible_repeats(words)
    times = [time for word in found for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert len(flag_repetitions(found)) <= 1


@pytest.mark.parametrize("text", ["", "so we left the harbour and saw the sea", "no no no no no"])
def test_text_without_a_loop_is_not_changed_however_fast(text: str) -> None:
    words = said(text, 0, 10)
    assert without_impossible_repeats(words) == words


def test_looping_phrase_is_flagged_with_its_position() -> None:
    words = steady("So I said " + "thank you for watching " * 5 + "and left")
    (loop,) = flag_repetitions(words)
    assert (loop.first, loop.last, loop.length, loop.times) == (3, 22, 4, 5)


def test_case_and_punctuation_do_not_hide_a_loop() -> None:
    (loop,) = flag_repetitions(steady("I know. i know, I know! I KNOW... I know"))
    assert (loop.first, loop.times) == (0, 5)


@pytest.mark.parametrize("text", ["no no no no", "I think I think I think so", "very very very very good", ANSWER])
def test_person_who_repeats_words_is_not_flagged(text: str) -> None:
    assert flag_repetitions(steady(text)) == []

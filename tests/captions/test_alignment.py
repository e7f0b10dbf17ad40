"""Two versions of a text are compared word by word, and unchanged words keep their times."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.alignment import Fate, WordRun, compare, tokens, with_word_times
from app.captions.shaping.cues import Cue
from tests.answer_factories import make_cue

some_words = st.lists(st.sampled_from(["a", "the", "sea", "日本語", "not", "boat"]), max_size=40).map(" ".join)


def test_a_word_that_was_corrected_leaves_the_times_of_the_others() -> None:
    heard = make_cue("We sailed on the see", 3000)
    (edited,) = with_word_times([Cue(3000, 5500, "We sailed on\nthe sea")], [heard])
    assert edited.text == "We sailed on\nthe sea"
    assert edited.words == heard.words[:4]


def test_words_stay_with_their_cue_when_cues_are_split_and_merged() -> None:
    one, two = make_cue("We sailed out", 0), make_cue("and came home", 3000)
    first, second = with_word_times([Cue(0, 800, "We"), Cue(800, 5500, "sailed out and came home")], [one, two])
    assert first.words == one.words[:1]
    assert second.words == (*one.words[1:], *two.words)


def test_words_of_a_script_without_spaces_are_found_inside_a_line() -> None:
    heard = make_cue("東京 に 行く", 0)
    (edited,) = with_word_times([Cue(0, 2500, "京都に行く")], [heard])
    assert [word.text for word in edited.words] == ["に", "行く"]


def test_a_comparison_names_what_went_and_what_came() -> None:
    assert compare("We sailed on the see today", "We sailed over the sea today") == [
        WordRun(Fate.KEPT, "We sailed"),
        WordRun(Fate.REMOVED, "on"),
        WordRun(Fate.ADDED, "over"),
        WordRun(Fate.KEPT, "the"),
        WordRun(Fate.REMOVED, "see"),
        WordRun(Fate.ADDED, "sea"),
        WordRun(Fate.KEPT, "today"),
    ]


@given(some_words, some_words)
@settings(deadline=None)
def test_both_versions_can_be_read_out_of_a_comparison(earlier: str, later: str) -> None:
    runs = compare(earlier, later)
    old = [token for run in runs if run.fate is not Fate.ADDED for token in tokens(run.text)]
    new = [token for run in runs if run.fate is not Fate.REMOVED for token in tokens(run.text)]
    assert (old, new) == (tokens(earlier), tokens(later))


@given(some_words, some_words)
@settings(deadline=None)
def test_only_heard_words_are_timed_and_each_once(earlier: str, later: str) -> None:
    heard = make_cue(earlier)
    (edited,) = with_word_times([Cue(0, 2500, later)], [heard])
    assert list(edited.words) == [word for word in heard.words if word in set(edited.words)]
    assert len(set(edited.words)) == len(edited.words) or len(set(heard.words)) < len(heard.words)


def test_work_for_texts_of_any_length_is_limited() -> None:
    """Comparing these word by word would take minutes. Their common beginning and end are still found."""
    chance = random.Random(1)
    old, new = (" ".join(f"w{chance.randrange(120)}" for _ in range(60_000)) for _twice in range(2))
    runs = compare(f"the beginning {old} the end", f"the beginning {new} the end")
    assert [run.fate for run in runs] == [Fate.KEPT, Fate.REMOVED, Fate.ADDED, Fate.KEPT]


def test_corrections_of_hours_of_speech_are_found() -> None:
    chance = random.Random(1)
    words = [f"w{int(chance.paretovariate(0.7))}" for _ in range(20_000)]
    edited = [word if number % 97 else "corrected" for number, word in enumerate(words)]
    runs = compare(" ".join(words), " ".join(edited))
    assert sum(len(run.text.split()) for run in runs if run.fate is Fate.KEPT) >= 20_000 * 0.98

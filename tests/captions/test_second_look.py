"""A text without sentence marks gets the marks of a second transcription. Its words and times do not change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.captions.shaping.cues import Word
from app.captions.speech.languages import WHISPER_NAMES
from app.captions.speech.second_look import AROUND, PROMPTS, lacks_marks, with_marks


def words_of(text: str) -> list[Word]:
    return [Word(at * 300, at * 300 + 250, part, 0.8) for at, part in enumerate(text.split())]


def text_of(words: list[Word]) -> str:
    return " ".join(word.text for word in words)


def test_marks_and_capitals_are_taken_and_every_word_and_time_stays() -> None:
    words = words_of("10 of close 4 queen of close 7 of close 5 5 8 of spades")
    marked = with_marks(
        words,
        ["10", "of", "clubs.", "4,", "Queen", "of", "clubs.", "7", "of", "close.", "5,", "5.", "8", "of", "spades."],
    )
    assert text_of(marked) == "10 of close 4, Queen of close 7 of close. 5, 5. 8 of spades."
    assert [(word.start_ms, word.end_ms, word.probability) for word in marked] == [
        (word.start_ms, word.end_ms, word.probability) for word in words
    ]


def test_second_text_with_other_words_changes_nothing() -> None:
    words = words_of("one two three four five six seven eight nine ten")
    assert with_marks(words, ["I", "am", "fine.", "I", "am", "fine.", "I", "am", "fine.", "One."]) == words
    assert with_marks(words, []) == words


@given(st.lists(st.text(min_size=1, max_size=8), max_size=30), st.lists(st.text(max_size=8), max_size=30))
def test_no_word_is_lost_changed_or_added(said: list[str], second: list[str]) -> None:
    words = [Word(at, at + 1, text, 0.5) for at, text in enumerate(said)]
    marked = with_marks(words, second)
    plain = [word.text.strip(AROUND).casefold() for word in words]
    assert [word.text.strip(AROUND).casefold() for word in marked] == plain


@pytest.mark.parametrize(
    ("text", "language", "is_without"),
    [
        ("and then we went home again because it was late", "en", True),
        ("and then we went home. again because it was late", "en", False),
        ("and then we went home", "en", False),
        ("ثم ذهبنا إلى البيت لأن الوقت كان متأخرا جدا في الليل", "ar", True),
        ("ثم ذهبنا إلى البيت؟ لأن الوقت كان متأخرا جدا في الليل", "ar", False),
    ],
)
def test_only_long_texts_without_any_mark_are_looked_at_again(text: str, language: str, is_without: bool) -> None:
    assert lacks_marks(words_of(text), language) is is_without


def test_prompts_have_marks_and_are_in_languages_of_the_model() -> None:
    assert set(PROMPTS) <= set(WHISPER_NAMES)
    assert all("." in text and len(text.split()) < 12 for text in PROMPTS.values())

"""Words that the speech model is told to expect: what may be typed, and when they are taken for heard."""

from __future__ import annotations

import numpy as np
import pytest

from app.captions.shaping.cues import Word
from app.captions.speech.models import ModelOptions, find_model
from app.captions.speech.sound import LevelledSound, MemorySound
from app.captions.speech.transcriber import options_with
from app.captions.speech.vocabulary import MAX_TOKENS, has_term, hotwords, is_supported
from app.captions.speech.windowed_run import WindowedTranscription
from app.captions.speech.windows import Passage
from app.config import DEMO_MODEL
from app.spoken_terms import MAX_TERM_LENGTH, MAX_TERMS, TooManyTermsError, UnusableTermError, names_in, read_terms

TOLD = "Larkfield Libraries, Whittemore, clubs, Nguyen, Grimmelshausen"


class TestTyped:
    def test_terms_are_separated_by_commas_and_lines_of_any_script(self) -> None:
        typed = " Ana  Maria,Wójcik\r\nعائشة، محمد；数据库、ทดสอบ;"
        assert read_terms(typed) == ["Ana Maria", "Wójcik", "عائشة", "محمد", "数据库", "ทดสอบ"]

    def test_each_term_is_kept_once_as_first_typed(self) -> None:
        assert read_terms("iOS, IOS, ios, C++") == ["iOS", "C++"]

    @pytest.mark.parametrize("typed", ["", " , ,\n", "،"])
    def test_nothing_typed_gives_no_term(self, typed: str) -> None:
        assert read_terms(typed) == []

    @pytest.mark.parametrize("typed", ["<|endoftext|>", "a\0b", "...", "x" * (MAX_TERM_LENGTH + 1), "{name}", "😀 b"])
    def test_signs_that_are_not_spoken_and_long_terms_are_refused(self, typed: str) -> None:
        with pytest.raises(UnusableTermError):
            read_terms(typed)

    def test_a_long_list_is_refused(self) -> None:
        assert len(read_terms(",".join(f"term{n}" for n in range(MAX_TERMS)))) == MAX_TERMS
        with pytest.raises(TooManyTermsError):
            read_terms(",".join(f"term{n}" for n in range(MAX_TERMS + 1)))


class TestTold:
    def test_names_of_a_question_are_found_and_other_words_are_not(self) -> None:
        question = "Tell us about Larkfield Libraries. What did you change in PostgreSQL, and why? When was it?"
        assert names_in(question) == ["Larkfield", "Libraries", "PostgreSQL"]
        assert names_in("") == []

    def test_only_as_many_terms_are_told_as_leave_room_for_the_text(self) -> None:
        told = hotwords([f"word{n}" for n in range(500)], lambda text: len(text) // 3)
        assert told is not None
        assert told.startswith("word0, word1, ")
        assert len(told) // 3 <= MAX_TOKENS
        assert hotwords([], len) is None


class TestHeard:
    @pytest.mark.parametrize(
        ("written", "plain"),
        [
            ("apologized Whittemore.", "apologized Whitmore."),
            ("10 of clubs, 4", "10 of close 4"),
            ("Von Grimmelshausen, der", "von Grimmelzhausen der"),
            ("the Nguyen family", "the Nguyen family"),
            ("Larkfield libraries are", "Lark Field Library is are"),
        ],
    )
    def test_a_term_is_kept_where_something_similar_was_heard(self, written: str, plain: str) -> None:
        assert has_term(written.split(), TOLD)
        assert is_supported(written.split(), plain.split(), TOLD)

    @pytest.mark.parametrize(
        ("written", "plain"),
        [
            ("Nguyen", ""),
            ("Nguyen Nguyen", "you You"),
            ("Larkfield Libraries,", "music playing"),
            ("I led a team Larkfield Libraries", "I led a team"),
            ("Whittemore, clubs, Nguyen", "I don't know what to do."),
            ("the Nguyen Nguyen Nguyen family", "the Nguyen family"),
            ("Grimmelshausen", "谢谢"),
        ],
    )
    def test_a_term_is_not_kept_where_nothing_similar_was_heard(self, written: str, plain: str) -> None:
        assert not is_supported(written.split(), plain.split(), TOLD)

    def test_a_text_without_terms_needs_no_comparison(self) -> None:
        assert not has_term(["I", "led", "a", "team", "of", "four"], TOLD)
        assert is_supported(["I", "led"], ["I", "let"], TOLD)


class FakeWhisper:
    """A model that writes `told` if it is given hotwords, and `plain` otherwise. It records what it was asked."""

    def __init__(self, told: str, plain: str):
        self.texts = {True: told, False: plain}
        self.asked: list[str | None] = []

    def words(self, hotwords: str | None, index: int) -> list[Word]:
        """Return the words of a window, one every 100 ms."""
        self.asked.append(hotwords)
        text = self.texts[hotwords is not None].split()
        return [Word(100 * place, 100 * place + 90, word, 0.9) for place, word in enumerate(text)]


@pytest.mark.parametrize(
    ("told", "plain", "kept", "times"),
    [
        ("apologized Whittemore", "apologized Whitmore", "apologized Whittemore", 2),
        ("I led Larkfield Libraries", "I led", "I led", 2),
        ("Nguyen", "", "", 2),
        ("I led a team", "I let a team", "I led a team", 1),
    ],
)
def test_a_window_is_heard_again_only_if_it_has_a_term_and_terms_that_were_not_heard_are_dropped(
    monkeypatch: pytest.MonkeyPatch, told: str, plain: str, kept: str, times: int
) -> None:
    whisper = FakeWhisper(told, plain)
    sound = LevelledSound(MemorySound(np.zeros(16_000, np.float32)))
    options = ModelOptions(hotwords=TOLD)
    run = WindowedTranscription(whisper, options, sound, [Passage(0, 16_000, 0, 16_000, 0)], language="en")
    monkeypatch.setattr(run, "_without_vocabulary", lambda index: whisper.words(None, index))
    found = run._confirmed(0, whisper.words(options.hotwords, 0))
    assert " ".join(word.text for word in found) == kept
    assert len(whisper.asked) == times


def test_the_demonstration_model_is_told_nothing() -> None:
    description = find_model(str(DEMO_MODEL))
    assert options_with(["Kinderbox"], description, None) == description.options

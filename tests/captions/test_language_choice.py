"""A recording is transcribed in a requested language, even if it sounds like another language."""

from __future__ import annotations

import pytest
from faster_whisper.tokenizer import _LANGUAGE_CODES
from hypothesis import given
from hypothesis import strategies as st

from app.captions.speech.languages import KNOWN_LANGUAGES, WHISPER_NAMES, choose, only_choice, tag_for, whisper_name

HEARD = [("zh", 0.79), ("en", 0.2), ("jw", 0.01)]


def test_the_names_are_those_of_the_library() -> None:
    assert set(WHISPER_NAMES) == set(_LANGUAGE_CODES)


@pytest.mark.parametrize(
    ("tag", "name"),
    [("en", "en"), ("pt-BR", "pt"), ("zh-Hant-TW", "zh"), ("nb", "no"), ("jv", "jw"), ("fil", "tl"), ("EN", "en"), ("ga", None),
     ("und", None), ("", None)],
)  # fmt: skip
def test_a_tag_is_known_to_whisper_by_its_own_name(tag: str, name: str | None) -> None:
    assert whisper_name(tag) == name


def test_every_tag_that_is_offered_is_known() -> None:
    assert all(whisper_name(tag) for tag in KNOWN_LANGUAGES)
    assert len(KNOWN_LANGUAGES) == len(WHISPER_NAMES)


def test_chosen_language_is_used_for_any_sound() -> None:
    chosen = choose(HEARD, ["en-GB"], WHISPER_NAMES)
    assert (chosen.language, chosen.name, chosen.probability) == ("en-GB", "en", 0.2)
    assert chosen.guess
    assert (chosen.guess.language, chosen.guess.probability) == ("zh", 0.79)


def test_out_of_several_it_is_the_most_probable() -> None:
    assert choose(HEARD, ["es", "en", "jv"], WHISPER_NAMES).language == "en"


@pytest.mark.parametrize("allowed", [[], ["ga"], ["yue"]])
def test_language_is_detected_if_the_model_knows_no_chosen_language(allowed: list[str]) -> None:
    assert choose(HEARD, allowed, set(WHISPER_NAMES) - {"yue"}).language == "zh"


@pytest.mark.parametrize(
    ("heard", "allowed", "chosen"),
    [
        ([("en", 0.5), ("cy", 0.3)], ["ga", "es"], "en"),
        ([("en", 0.5), ("es", 0.04)], ["es", "ga"], "en"),
        ([("en", 0.5), ("es", 0.3)], ["ga", "es"], "es"),
        ([("en", 0.5), ("cy", 0.3)], ["cy", "es"], "cy"),
        ([("en", 0.9), ("cy", 0.1)], ["es"], "es"),
    ],
)
def test_an_improbable_language_is_not_used_where_one_allowed_is_unknown(
    heard: list[tuple[str, float]], allowed: list[str], chosen: str
) -> None:
    assert choose(heard, allowed, WHISPER_NAMES).language == chosen


@pytest.mark.parametrize(
    ("allowed", "chosen"),
    [(["en-GB"], "en-GB"), (["en-GB", "en"], "en-GB"), (["en", "en"], "en"), (["jv"], "jv"), ([], None), (["ga"], None), (["yue"], None),
     (["en", "ga"], None), (["en", "es"], None)],
)  # fmt: skip
def test_the_sound_decides_nothing_where_one_language_is_left(allowed: list[str], chosen: str | None) -> None:
    only = only_choice(allowed, set(WHISPER_NAMES) - {"yue"})
    assert (only.language if only else None) == chosen


@given(
    st.dictionaries(st.sampled_from(WHISPER_NAMES), st.floats(0, 1), min_size=1),
    st.lists(st.sampled_from(KNOWN_LANGUAGES), min_size=1),
)
def test_the_language_is_always_one_of_those_allowed(heard: dict[str, float], allowed: list[str]) -> None:
    chosen = choose(heard.items(), allowed, WHISPER_NAMES)
    assert chosen.language in allowed
    assert tag_for(chosen.name) == chosen.language

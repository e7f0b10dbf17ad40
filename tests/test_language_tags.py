"""Language codes that people type are stored as typed, in their usual form, and never as another language."""

from __future__ import annotations

import pytest

from app.captions.speech.languages import KNOWN_LANGUAGES
from app.interviews.manage_forms import read_language_tags
from app.language_tags import read_language_tag


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("en", "en"), ("EN", "en"), ("PT-br", "pt-BR"), ("zh-CN", "zh-Hans-CN"), ("zh-Hans-CN", "zh-Hans-CN"),
        ("es-419", "es-419"), ("sr-Latn", "sr-Latn"), ("ga", "ga"), ("tl", "tl"), ("no", "no"), ("nb", "nb"), ("yue", "yue"),
    ],
)  # fmt: skip
def test_a_code_gets_its_usual_form(typed: str, tag: str) -> None:
    assert read_language_tag(typed) == tag
    assert read_language_tags(f"{typed}, {typed}") == [tag]


@pytest.mark.parametrize(
    "typed",
    [
        "", "und", "cmn", "iw", "in", "root", "Root", "de@a", "en-US@euro", "en_US", "en-", "en--", "en-evil", "de-1996", "x-y",
        "en-\u202eevil", "en\n", "é", "e", "english", "../x", "en-" + "a" * 40,
    ],
)  # fmt: skip
def test_invalid_language_code_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_language_tag(typed)


def test_every_language_of_the_speech_model_can_be_typed() -> None:
    assert [read_language_tag(tag) for tag in KNOWN_LANGUAGES] == list(KNOWN_LANGUAGES)

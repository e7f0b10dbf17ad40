"""Downloads are named after their content, with file names that every system accepts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.file_names import MAX_BYTES, file_name


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("scores", "Harbour guide, first round"), "scores-harbour-guide-first-round.csv"),
        (("Zoë Ó’Brien", "K7PX2W", "question", 2), "zoë-ó-brien-k7px2w-question-2.csv"),
        (("../../etc/passwd\0", None), "etc-passwd.csv"),
        (("نور حداد", 1), "نور-حداد-1.csv"),
        (("\u202egpj.exe", '"; x='), "gpj-exe-x.csv"),
        (("", "???"), "file.csv"),
    ],
)
def test_a_name_keeps_letters_and_digits_and_nothing_else(parts: tuple[object, ...], name: str) -> None:
    assert file_name(*parts, suffix="csv") == name


@given(st.lists(st.text(), max_size=5))
def test_any_text_gives_a_valid_file_name(parts: list[str]) -> None:
    name = file_name(*parts, suffix="vtt")
    assert name.endswith(".vtt")
    assert len(name.encode()) <= MAX_BYTES + 4
    assert all(unicodedata.category(letter)[0] in "LMN" or letter in "-." for letter in name)

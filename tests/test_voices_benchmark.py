"""The voices benchmark counts words, errors and lost words correctly, and finds recordings that an organisation adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import voices
from tools.demo_model.scoring import matches


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's Dr. Müller’s—really?", ["its", "dr", "mullers", "really"]),
        ("你好 world", ["你", "好", "world"]),
        ("", []),
        ("… ?!", []),
    ],
)
def test_words_are_compared_without_case_marks_and_accents(text: str, words: list[str]) -> None:
    assert voices.words_of(text) == words


@pytest.mark.parametrize(
    ("said", "heard", "wrong", "lost"),
    [("a b c", "a b c", 0, 0), ("a b c", "a c", 1, 1), ("a b", "a x b", 1, 0), ("a b", "", 2, 2), ("", "a", 1, 0), ("a b", "a c", 1, 1)],
)  # fmt: skip
def test_errors_and_lost_words_are_counted(said: str, heard: str, wrong: int, lost: int) -> None:
    assert matches(said.split(), heard.split())[0] == wrong
    assert voices.lost(said.split(), heard.split()) == lost


def test_recordings_of_an_organisation_are_found_with_group_language_and_text(tmp_path: Path) -> None:
    (tmp_path / "phone").mkdir()
    for name in ("de_anna.wav", "phone/cy_bryn.mp3", "phone/other.wav", "no_text.wav"):
        (tmp_path / name).write_bytes(b"")
        if name != "no_text.wav":
            (tmp_path / name).with_suffix(".txt").write_text("Words")
    found = [(each.path.name, each.group, each.language, each.said) for each in voices.recordings(tmp_path, "fr")]
    assert found == [
        ("de_anna.wav", "language de", "de", "Words"),
        ("cy_bryn.mp3", "phone", "cy", "Words"),
        ("other.wav", "phone", "fr", "Words"),
    ]


@pytest.mark.parametrize(("language", "found"), [(None, "en"), ("cy", "cy")])
def test_a_group_in_a_name_is_not_taken_for_a_language(tmp_path: Path, language: str | None, found: str) -> None:
    for name, said in {"no_breathing": "", "nn_wei": "Words", "pause_anna": "Words", "en_tom": "Words"}.items():
        (tmp_path / name).with_suffix(".wav").write_bytes(b"")
        (tmp_path / name).with_suffix(".txt").write_text(said)
    assert {each.path.stem: (each.group, each.language) for each in voices.recordings(tmp_path, language)} == {
        "no_breathing": ("nothing is said", found),
        "nn_wei": ("first language Mandarin, in English", found),
        "pause_anna": ("after quiet", found),
        "en_tom": ("native English", "en"),
    }


def test_missing_folder_is_reported_without_an_error(tmp_path: Path) -> None:
    assert [figure.ours for figure in voices.measure(tmp_path / "none")] == [
        f"not measured: there are no recordings in {tmp_path / 'none'}"
    ]

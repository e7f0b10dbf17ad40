"""Parts of the model training that can be tested without espeak-ng and torch."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from pathlib import Path
from random import Random

import pytest

from tools.demo_model import grammar
from tools.demo_model.scoring import matches, plain, score, spread, total

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "demo"
RECIPE = ROOT / "tools" / "demo_model"
PURE = {"grammar", "scoring", "settings", "problems"}


def test_the_same_seed_gives_the_same_sentences() -> None:
    first, again, other = (
        [grammar.templated_sentence(rng) + grammar.random_sentence(rng) for _ in range(20)]
        for rng in (Random(3), Random(3), Random(4))
    )
    assert first == again
    assert first != other


def test_every_sentence_stays_inside_the_vocabulary() -> None:
    rng = Random(5)
    known = set(grammar.vocabulary())
    for _ in range(500):
        for text in (grammar.templated_sentence(rng), grammar.random_sentence(rng)):
            assert set(grammar.words_of(text)) <= known
            assert "$" not in text


def test_the_shipped_model_writes_the_words_of_the_grammar_and_no_others() -> None:
    pieces = json.loads((MODEL / "vocabulary.json").read_text())
    assert tuple(piece[1:] for piece in pieces if piece[:1] == "Ġ" and len(piece) > 1) == grammar.vocabulary()


def test_the_model_folder_is_complete_and_small_enough_to_carry() -> None:
    names = {path.name for path in MODEL.iterdir()}
    assert {"model.bin", "config.json", "vocabulary.json", "tokenizer.json", "fairtake.json", "README.md"} <= names
    assert sum(path.stat().st_size for path in MODEL.iterdir()) <= 6_000_000


def test_the_notice_says_whom_the_model_does_not_understand() -> None:
    about = json.loads((MODEL / "fairtake.json").read_text())
    assert "does not understand people" in about["notice"]
    assert about["options"]["chunk_length"] <= 30


def test_fixed_sentences_are_always_trained_on() -> None:
    fixed = grammar.fixed_sentences()
    assert fixed
    assert not any(grammar.is_held_out(sentence) for sentence in fixed)


def test_about_one_sentence_in_ten_is_held_out() -> None:
    rng = Random(6)
    texts = {grammar.random_sentence(rng) for _ in range(3000)}
    assert 0.07 < sum(map(grammar.is_held_out, texts)) / len(texts) < 0.13


@pytest.mark.parametrize("script", ["clips.toml", "interview.toml"])
def test_every_word_that_is_spoken_is_one_that_the_model_knows(script: str) -> None:
    read = tomllib.loads((RECIPE / script).read_text())
    sentences = [line for clip in read.values() if isinstance(clip, dict) for line in clip.get("sentences", [])]
    sentences += [line for question in read.get("questions", []) for line in question["answer"]]
    assert sentences
    assert {word for line in sentences for word in grammar.words_of(line)} <= set(grammar.vocabulary())


@pytest.mark.parametrize("name", sorted(PURE))
def test_the_pure_parts_import_nothing_that_must_be_installed(name: str) -> None:
    tree = ast.parse((RECIPE / f"{name}.py").read_text())
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    allowed = {*sys.stdlib_module_names, "tools"}
    assert {module.partition(".")[0] for module in modules} <= allowed


def test_words_are_matched_with_the_fewest_errors() -> None:
    said, heard = list("abcde"), list("axcee")
    errors, pairs = matches(said, heard)
    assert errors == 2
    assert pairs == [(0, 0), (2, 2), (4, 4)]


def test_missing_and_added_words_count_as_errors() -> None:
    assert matches(list("abc"), list("ac"))[0] == 1
    assert matches(["a"], list("abb"))[0] == 2
    assert matches([], ["a"]) == (1, [])


def test_punctuation_and_case_are_no_errors() -> None:
    assert plain("People.") == "people"
    measured = score([("People", 1.0, 1.5), ("work", 2.0, 2.5)], [("people,", 1.1, 1.5), ("Work.", 2.0, 2.8)])
    assert measured.word_error == 0
    assert measured.start_errors == pytest.approx((0.1, 0.0))
    assert measured.end_errors == pytest.approx((0.0, 0.3))


def test_scores_add_up_by_words_and_not_by_recordings() -> None:
    long = score([("a", i, i + 1) for i in range(9)], [("a", i, i + 1) for i in range(9)])
    short = score([("a", 0.0, 1.0)], [("b", 0.0, 1.0)])
    assert total([long, short]).word_error == pytest.approx(0.1)


def test_the_spread_of_errors_is_median_95th_percentile_and_greatest() -> None:
    assert spread([index / 100 for index in range(101)]) == pytest.approx((0.5, 0.95, 1.0))
    assert spread([]) == (0.0, 0.0, 0.0)

"""Parsing of the search box: valid queries, and their terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.search.query import MAX_QUERY_LENGTH, InvalidQueryError, Query, QueryProblem, Term, parse_query
from app.review.search.tokens import MAX_TOKEN_LENGTH, fold_word, spans, stem, tokens


def words(*said: str) -> Term:
    return Term(said)


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("harbour", Query((words("harbour"),))),
        ("Harbour HARBOUR", Query((words("harbour"),))),
        ("deep water", Query((words("deep"), words("water")))),
        ('"deep water"', Query((words("deep", "water"),))),
        ("“deep water”", Query((words("deep", "water"),))),
        ('"deep water', Query((words("deep", "water"),))),
        ("navig*", Query((Term(("navig",), is_prefix=True),))),
        ("boat -sail", Query((words("boat"),), (words("sail"),))),
        ("boat −“deep water”", Query((words("boat"),), (words("deep", "water"),))),
        ("boat -navig*", Query((words("boat"),), (Term(("navig",), is_prefix=True),))),
        ("twenty-one", Query((words("twenty", "one"),))),
        ("twenty-on*", Query((words("twenty"), Term(("on",), is_prefix=True)))),
        ("don’t", Query((words("dont"),))),
        ("café", Query((words("cafe"),))),
        ("AND OR NOT NEAR", Query((words("and"), words("or"), words("not"), words("near")))),
        ("scope:abc", Query((words("scope", "abc"),))),
        ("'; DROP TABLE cue; --", Query((words("drop"), words("table"), words("cue")))),
        ("深い水", Query((words("深", "い", "水"),))),
    ],
)
def test_query_is_parsed(typed: str, understood: Query) -> None:
    assert parse_query(typed) == understood


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", QueryProblem.EMPTY),
        ("  \t ", QueryProblem.EMPTY),
        ('"" * - ??? \x00', QueryProblem.EMPTY),
        ("-sail", QueryProblem.NOTHING_WANTED),
        ("n*", QueryProblem.PREFIX_TOO_SHORT),
        ("a" * (MAX_QUERY_LENGTH + 1), QueryProblem.TOO_LONG),
        (" ".join(f"word{number}" for number in range(21)), QueryProblem.TOO_LONG),
    ],
)
def test_invalid_query_has_a_reason(typed: str, reason: QueryProblem) -> None:
    with pytest.raises(InvalidQueryError) as problem:
        parse_query(typed)
    assert problem.value.reason is reason


@given(st.text(max_size=MAX_QUERY_LENGTH))
def test_terms_contain_only_letters_and_digits(typed: str) -> None:
    try:
        query = parse_query(typed)
    except InvalidQueryError:
        return
    for term in (*query.wanted, *query.unwanted):
        assert all(word.isalnum() and len(word) <= MAX_TOKEN_LENGTH for word in term.words)


@given(st.text())
def test_tokens_have_their_position_in_the_text(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end
        assert fold_word(text[token.start : token.end]) == token.word
        end = token.end


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_text_has_the_same_tokens(text: str) -> None:
    assert [*tokens(text)] == [*tokens(f"{text} é")][:-1]


@given(st.text())
def test_spans_are_the_positions_of_the_tokens(text: str) -> None:
    assert spans(text) == [(token.start, token.end) for token in tokens(text)]


@given(st.text())
def test_folding_twice_equals_folding_once(text: str) -> None:
    for token in tokens(text):
        assert fold_word(token.word) == token.word


@pytest.mark.parametrize("accented", ["café", "cafe\u0301", "CAFÉ", "ＣＡＦＥ"])
def test_case_accents_and_width_do_not_count(accented: str) -> None:
    assert [token.word for token in tokens(accented)] == ["cafe"]


def test_stem_depends_on_the_language() -> None:
    assert {stem(word, "en-GB") for word in ("boat", "boats", "boating")} == {"boat"}
    assert stem("bateaux", "fr") == stem("bateau", "fr")
    assert stem("boats", "tlh") == "boats"

"""Search in different scripts: it ignores optional marks and spelling variants, but not marks that distinguish words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.search.hits import SpokenCue, find_moments
from app.review.search.query import InvalidQueryError, parse_query
from app.review.search.tokens import fold_word, tokens

SAME = {
    "Hebrew points": ("שָׁלוֹם", "שלום"),
    "Hebrew cantillation": ("בְּרֵאשִׁ֖ית", "בראשית"),
    "Hebrew final forms": ("שלומ", "שלום"),
    "Hebrew abbreviation": ('צה"ל', "צה״ל"),
    "Arabic harakat": ("كِتَابٌ", "كتاب"),
    "Arabic tatweel": ("كـتـــاب", "كتاب"),
    "Arabic hamza": ("أحمد", "احمد"),
    "Arabic madda": ("القرآن", "القران"),
    "Arabic ligature": ("ﻻزم", "لازم"),
    "Arabic final form": ("ﻣﺮﺣﺒﺎ", "مرحبا"),
    "Arabic superscript alef": ("هٰذا", "هذا"),
    "Arabic mark of direction": ("\u200fكتاب\u200f", "كتاب"),
    "Persian letters": ("کتابی", "كتابي"),
    "Persian joiner": ("می\u200cخواهم", "میخواهم"),
    "Turkish capitals": ("ISPARTA İZMİR ılık", "ısparta izmir ILIK"),
    "Turkish İ and i": ("İstanbul", "istanbul"),
    "soft hyphen": ("Donau\u00addampf\u00adschiff", "Donaudampfschiff"),
    "zero-width joiner": ("na\u200dme\u2060s", "names"),
    "byte order mark": ("har\ufeffbour", "harbour"),
    "variation selector": ("漢\ufe00字", "漢字"),
    "Devanagari dot below": ("ज़रूर", "जरूर"),
    "Devanagari composed letter": ("\u0958लम", "\u0915\u093cलम"),
    "Devanagari candrabindu": ("हाँ", "हां"),
    "Devanagari joiners": ("क\u094d\u200dष", "क\u094dष"),
    "Bengali khanda ta": ("উৎসব", "উত\u09cd\u200dসব"),
    "Bengali composed letter": ("\u09df", "\u09af\u09bc"),
    "Tamil two-part vowel": ("கொ", "க\u0bc6\u0bbe"),
    "Malayalam chillu": ("അവൻ", "അവന\u0d4d\u200d"),
    "Greek accents and sigma": ("ὈΔΥΣΣΕΎΣ", "οδυσσευς"),
    "Russian stress and ё": ("молоко\u0301 ещё", "молоко еще"),
    "Ukrainian apostrophes": ("м'ята мʼята", "м’ята м’ята"),
    "Vietnamese tones": ("Việt", "Vie\u0323\u0302t"),
    "Catalan point": ("col·lega", "col\u0387lega"),
    "Korean jamo": ("한국", unicodedata.normalize("NFD", "한국")),
    "kana voicing": ("がぎ", "か\u3099き\u3099"),
    "half-width kana": ("ｶﾀｶﾅ", "カタカナ"),
    "digits": ("٢٠٢٤ २०२४", "2024 ２０２４"),
    "wide letters": ("Ｆａｉｒ", "fair"),
}
OTHER = {
    "Hindi vowel signs": ("की", "कि"),
    "Hindi word and its start": ("किताब", "कताब"),
    "Tamil vowel signs": ("பாடம்", "படம்"),
    "Bengali vowel signs": ("মিল", "মূল"),
    "Bengali letters": ("য", "\u09df"),
    "Telugu vowel signs": ("కల", "కాల"),
    "Thai tone marks": ("มา", "ม้า"),
    "Khmer vowel signs": ("កា", "កី"),
    "Burmese vowel signs": ("မာ", "မိ"),
    "Hebrew letters": ("שלום", "שלם"),
    "Arabic letters": ("كتاب", "كتب"),
    "Russian й": ("мой", "мои"),
    "kana voicing": ("か", "が"),
    "a space of no width": ("ab", "a\u200bb"),
}
SCRIPTS = st.characters(exclude_categories=("Cs", "Cn", "Co"))


def words_of(text: str) -> list[str]:
    return [token.word for token in tokens(text)]


@pytest.mark.parametrize(("one", "two"), SAME.values(), ids=SAME)
def test_spelling_variants_are_the_same_word(one: str, two: str) -> None:
    assert words_of(one) == words_of(two) != []


@pytest.mark.parametrize(("one", "two"), OTHER.values(), ids=OTHER)
def test_different_words_stay_different(one: str, two: str) -> None:
    assert words_of(one) != words_of(two)


@pytest.mark.parametrize(
    ("said", "asked", "marked"),
    [
        ("אמר שָׁלוֹם לכולם", "שלום", "שָׁלוֹם"),
        ("אמר שלום לכולם", "שָׁלוֹם", "שלום"),
        ('שירתתי בצה"ל שנתיים', 'בצה"ל', 'בצה"ל'),
        ("هذا كِتَابٌ جديد", "كتاب", "كِتَابٌ"),
        ("यह किताब है", "किताब", "किताब"),
        ("यह किताब है", "किता*", "किताब"),
        ("from co\u00adoperate on", "cooperate", "co\u00adoperate"),
        ("w ISPARTA e", "ısparta", "ISPARTA"),
        ("cafe\u0301 noir", "café", "cafe\u0301"),
        ("ไปดูม้าที่บ้าน", "ม้า", "ม้า"),
    ],
)
def test_marks_cover_the_words_as_written(said: str, asked: str, marked: str) -> None:
    (moment,) = find_moments(parse_query(asked), [SpokenCue(1, 0, said)], "tlh")
    assert [moment.text[start:end] for start, end in moment.marks] == [marked]


@pytest.mark.parametrize(("said", "asked"), [("पढ़ी किताब", "कत*"), ("พบม้า", "มา"), ("கல்", "காலம்")])
def test_word_with_other_vowels_is_not_found(said: str, asked: str) -> None:
    assert find_moments(parse_query(asked), [SpokenCue(1, 0, said)], "tlh") == []


@given(st.text(SCRIPTS, max_size=40))
def test_canonically_equal_texts_have_the_same_words(text: str) -> None:
    words = words_of(unicodedata.normalize("NFC", text))
    assert words_of(unicodedata.normalize("NFD", text)) == words


@given(st.text(SCRIPTS, max_size=40))
def test_a_mark_belongs_to_the_word_before_it(text: str) -> None:
    ends = {token.end for token in tokens(text)}
    for end in ends - {len(text)}:
        assert not unicodedata.category(text[end]).startswith("M")


@given(st.text(SCRIPTS, max_size=40))
def test_folded_word_has_no_characters_of_a_query_language(text: str) -> None:
    for word in words_of(text):
        assert fold_word(word) == word
        assert all(letter.isalnum() or unicodedata.category(letter)[0] == "M" for letter in word)


@given(st.text(SCRIPTS, min_size=1, max_size=40))
def test_spoken_text_is_found_by_typing_it(text: str) -> None:
    for token in tokens(text):
        typed = text[token.start : token.end]
        try:
            query = parse_query(typed)
        except InvalidQueryError:
            continue
        assert find_moments(query, [SpokenCue(1, 0, text)], "tlh")

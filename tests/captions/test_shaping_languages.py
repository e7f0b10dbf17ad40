"""Captions break where each language allows it, and no word of any language is lost."""

from itertools import pairwise

import pytest
from babel import Locale, UnknownLocaleError
from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.shaping import language_words
from app.captions.shaping.cues import MAX_CUE_MS, MAX_LINE_LENGTH, Word
from app.captions.shaping.grammar import grammar_of
from app.captions.shaping.lines import columns
from app.captions.shaping.marks import NEVER_FIRST
from app.captions.shaping.phrases import begins_sentence, ends_sentence, is_article, is_forbidden
from app.captions.shaping.shaper import measure, shape_cues
from app.captions.speech.languages import KNOWN_LANGUAGES
from tests.captions.speech import any_words, spoken

TEXTS = {
    "en": (
        "I led a small team of five people at Acme Health in London. We had to move the appointment system to "
        "a new platform."
    ),
    "es": (
        "Trabajé en el archivo de la Real Academia Española. ¿Cuál es la montaña más alta de la tierra? Ya "
        "está la obra escrita y hasta impresa."
    ),
    "fr": (
        "J'ai travaillé à l'hôpital d'une petite ville. Pourquoi ce métier ? Parce qu'il faut aider : c'est "
        "l'essentiel ! Voilà ce que j'ai appris."
    ),
    "de": (
        "Ich habe in der Bibliothek am 3. Mai angefangen. Das ist z.B. eine Aufgabe, die ich mit dem ganzen "
        "Team gelöst habe."
    ),
    "it": (
        "Ho lavorato nell'archivio della città per un anno. Perché l'ho fatto? Perché mi piace parlare con le persone."
    ),
    "pt": "Trabalhei na biblioteca da cidade durante um ano. O que aprendi? Que as pessoas querem ser ouvidas.",
    "ru": "Я работала в библиотеке города, и мне нравилось помогать людям. Что я узнала? Что нужно слушать.",
    "el": "Δούλεψα στη βιβλιοθήκη της πόλης για έναν χρόνο. Τι έμαθα; Ότι οι άνθρωποι θέλουν να τους ακούν.",
    "tr": "Şehrin kütüphanesinde bir yıl çalıştım ve çok şey öğrendim. Ne öğrendim? İnsanları dinlemeyi.",
    "ar": ("عملت في مكتبة المدينة لمدة عام، وتعلمت الكثير من الناس. ماذا تعلمت؟ أن أستمع إلى الآخرين قبل أن أتكلم."),
    "he": "עבדתי בספרייה של העיר במשך שנה אחת. מה למדתי? שצריך להקשיב לאנשים לפני שמדברים.",
    "hi": "मैंने शहर के पुस्तकालय में एक साल काम किया। मैंने क्या सीखा? कि लोगों को ध्यान से सुनना चाहिए।",
    "ko": "저는 시립 도서관에서 일 년 동안 일했습니다. 무엇을 배웠을까요? 사람들의 말을 잘 들어야 한다는 것입니다.",
    "vi": "Tôi đã làm việc ở thư viện của thành phố trong một năm. Tôi đã học được gì? Lắng nghe mọi người.",
}
"""Answers in languages with spaces between words."""
SPACELESS = {
    "zh": "我在城市圖書館工作了一年，學會了很多東西。我學到了什麼？就是要先聽別人說話，然後再開口說話。",
    "ja": "わたしは市の図書館で一年間はたらきました。なにを学んだでしょうか？人の話をよく聞くことです。「ありがとう」と言われました。",
    "th": "ฉันทำงานที่ห้องสมุดของเมืองเป็นเวลาหนึ่งปีและได้เรียนรู้หลายอย่างจากผู้คนที่มาเยี่ยม",
}
"""Answers in languages without spaces."""
SENTENCE_STARTS = [
    ("en", "thin", "All", False), ("en", "thin", "The", True), ("en", "think", "I", False), ("en", "in", "The", False),
    ("en", "Z.", "He", True), ("en", "Lord", "Of", False), ("en", "THIS", "THE", False), ("de", "Haus", "Das", True),
    ("de", "haben", "Sie", False), ("fr", "fini", "Mais", True), ("es", "obra", "Pero", True), ("und", "thin", "The", False),
]  # fmt: skip


def letters(texts):
    return "".join("".join(texts).split())


def characters(text, each_ms=220):
    """Return a text without spaces as a speech model gives it: each character is a word, or is joined to a mark."""
    return [Word(at * each_ms, (at + 1) * each_ms, letter, 0.9) for at, letter in enumerate(text)]


def check(cues, words, duration_ms):
    """Check that no word is lost or doubled, that times are in order, and that lines fit."""
    assert letters(cue.text for cue in cues) == letters(word.text for word in words)
    assert letters(word.text for cue in cues for word in cue.words) == letters(word.text for word in words)
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(cues))
    for cue in cues:
        assert 0 <= cue.start_ms < cue.end_ms <= max(duration_ms, len(cues))
        assert cue.duration_ms <= MAX_CUE_MS
        lines = cue.text.split("\n")
        assert len(lines) <= 2
        assert all(0 < columns(line) <= MAX_LINE_LENGTH for line in lines)


@settings(deadline=None)
@given(any_words, st.integers(0, 100_000), st.sampled_from([*KNOWN_LANGUAGES, "und", "", "pt-BR", "zh-Hant-TW"]))
def test_any_words_in_any_language_keep_every_letter_once_in_order(words, duration_ms, language):
    check(shape_cues(words, duration_ms=duration_ms, language=language), words, duration_ms)


@settings(deadline=None)
@given(st.sampled_from([*TEXTS]), st.lists(st.integers(0, 40), min_size=1, max_size=60), st.integers(80, 260))
def test_texts_made_of_words_of_a_language_keep_every_word(language, chosen, pace):
    known = TEXTS[language].split()
    words = spoken(" ".join(known[place % len(known)] for place in chosen), words_per_minute=pace)
    duration_ms = words[-1].end_ms + 500
    check(shape_cues(words, duration_ms=duration_ms, language=language), words, duration_ms)


@pytest.mark.parametrize("language", TEXTS)
def test_speech_in_a_language_with_spaces_meets_every_bar(language):
    words = spoken(TEXTS[language], words_per_minute=110)
    cues = shape_cues(words, duration_ms=words[-1].end_ms + 1000, language=language)
    measures = measure(cues, words, language)
    assert measures.failures() == []
    assert measures.cut_phrases == 0


@pytest.mark.parametrize("language", SPACELESS)
def test_text_without_spaces_is_broken_in_lines_that_fit_and_begin_with_no_mark(language):
    words = characters(SPACELESS[language])
    duration_ms = words[-1].end_ms + 1000
    cues = shape_cues(words, duration_ms=duration_ms, language=language)
    check(cues, words, duration_ms)
    lines = [line for cue in cues for line in cue.text.split("\n")]
    assert not any(line[0] in NEVER_FIRST for line in lines)
    assert " " not in "".join(lines)
    if language != "th":
        assert all(len(line) <= 16 for line in lines)
        assert max(map(len, lines)) > 8


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_cues_without_spaces_end_with_their_sentences(language):
    words = characters(SPACELESS[language])
    cues = shape_cues(words, duration_ms=words[-1].end_ms + 1000, language=language)
    ends = [cue.text[-1] for cue in cues]
    assert sum(end in "。？，」" for end in ends) >= len(ends) - 1


def test_french_mark_after_a_space_stays_with_its_word():
    said = [
        "Pourquoi",
        "ce",
        "métier",
        "?",
        "Parce",
        "qu'il",
        "faut",
        "aider",
        ":",
        "c'est",
        "«",
        "essentiel",
        "»",
        "!",
    ]
    words = [Word(at * 400, at * 400 + 380, text, 0.9) for at, text in enumerate(said)]
    cues = shape_cues(words, duration_ms=8000, language="fr")
    lines = [line for cue in cues for line in cue.text.split("\n")]
    assert not any(line[0] in "?:!»" or line[-1] == "«" for line in lines)
    assert " ".join(lines) == "Pourquoi ce métier ? Parce qu'il faut aider : c'est « essentiel » !"


@pytest.mark.parametrize(("language", "before", "following", "is_start"), SENTENCE_STARTS)
def test_capital_of_a_common_word_begins_a_sentence(language, before, following, is_start):
    assert begins_sentence(before, following, grammar_of(language)) is is_start


def test_sentence_without_a_full_stop_ends_its_cue():
    text = "the sum of the cube is still thin The trees will tell you about each of them and we went home"
    words = spoken(text, words_per_minute=150)
    cues = shape_cues(words, duration_ms=words[-1].end_ms + 1000)
    assert any(cue.text.startswith("The trees") for cue in cues)


@pytest.mark.parametrize(
    ("language", "text", "is_end"),
    [
        ("de", "3.", False), ("en", "3.", True), ("de", "z.B.", False), ("fr", "Mme.", False), ("en", "Mme.", True), ("el", "έμαθα;", True),
        ("en", "learnt;", False), ("ar", "تعلمت؟", True), ("hi", "किया।", True), ("zh", "什麼？」", True), ("am", "ነው።", True),
    ],
)  # fmt: skip
def test_ends_of_sentences_are_those_of_the_language(language, text, is_end):
    assert ends_sentence(text, grammar_of(language)) is is_end


@pytest.mark.parametrize(
    ("language", "text", "is_one"),
    [
        ("fr", "d'une", True),
        ("fr", "l’", True),
        ("it", "dell'", True),
        ("de", "dem", True),
        ("en", "workers'", False),
        ("pt-BR", "da", True),
    ],
)
def test_articles_are_those_of_the_language(language, text, is_one):
    assert is_article(text, grammar_of(language)) is is_one


def test_words_of_one_language_bind_nothing_in_another():
    assert is_forbidden("die", "rest", grammar_of("de"))
    assert not is_forbidden("die", "rest", grammar_of("en"))
    assert not is_forbidden("the", "rest", grammar_of("und"))


@pytest.mark.parametrize("language", language_words.AND_OR)
def test_words_for_and_and_or_are_those_of_cldr(language):
    try:
        patterns = Locale.parse(language, sep="-").list_patterns
    except UnknownLocaleError:
        pytest.skip("Babel has no data of this language")
    ends = " ".join(patterns.get(kind, {}).get("end", "") for kind in ("standard", "or")).casefold()
    assert all(word in ends for word in language_words.AND_OR[language].split())
    assert set(language_words.AND_OR[language].split()) <= grammar_of(language).linking

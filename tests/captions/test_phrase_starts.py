"""Captions in Chinese, Japanese and Thai break between phrases, and lose no letter."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.shaping.cues import Cue, Word
from app.captions.shaping.lines import pieces
from app.captions.shaping.marks import is_one_letter
from app.captions.shaping.measures import measure
from app.captions.shaping.phrase_starts import phrase_starts
from app.captions.shaping.shaper import shape_cues
from tests.captions.test_shaping_languages import characters, check

PHRASED = {
    "zh": (
        "我 在 城市 图书馆 工作 了 一年 我 的 工作 是 帮助 读者 找到 他们 需要 的 书 有 一天 一位 老人 来 问 我 怎么 使用 电脑 我 "
        "花 了 两个 小时 教 他 最后 他 很 高兴"
    ),
    "zh-TW": (
        "我 在 醫院 的 預約 部門 工作 我們 把 舊 的 系統 換成 新 的 系統 大家 一開始 都 很 擔心 後來 我們 每 週 開會 討論 問題 "
        "所以 最後 病人 等待 的 時間 變短 了"
    ),
    "ja": (
        "わたしは 市の 図書館で 一年間 働きました 仕事は 本を 探す 人を 手伝う ことでした ある 日 おじいさんが 来て "
        "パソコンの 使い方を 聞きました 二時間 かけて 教えました とても 喜んで くれました"
    ),
    "th": (
        "ฉัน ทำงาน ที่ ห้อง สมุด ของ เมือง เป็น เวลา หนึ่ง ปี งาน ของ ฉัน คือ ช่วย คน หา หนังสือ ที่ พวก เขา ต้อง การ วัน หนึ่ง มี "
        "ชาย ชรา มา ถาม วิธี ใช้ คอมพิวเตอร์ ฉัน ใช้ เวลา สอง ชั่วโมง สอน เขา เขา ดีใจ มาก"
    ),
}
"""Answers without marks, as speech models often write them, divided into words or phrases by hand. Thai compounds are divided."""


def lines_of(cues: list[Cue]) -> list[str]:
    return [line for cue in cues for line in cue.text.split("\n")]


@pytest.mark.parametrize("each_ms", [110, 160, 240])
@pytest.mark.parametrize("language", PHRASED)
def test_lines_and_cues_end_between_the_phrases_of_a_text_without_marks(language: str, each_ms: int) -> None:
    phrases = PHRASED[language].split()
    words = characters("".join(phrases), each_ms)
    cues = shape_cues(words, duration_ms=words[-1].end_ms + 1000, language=language)
    check(cues, words, words[-1].end_ms + 1000)
    allowed = set(accumulate(map(len, phrases)))
    ends = list(accumulate(map(len, lines_of(cues))))
    assert len(ends) > 3
    assert set(ends) <= allowed


@pytest.mark.parametrize("language", PHRASED)
def test_text_without_marks_spoken_calmly_can_be_read_in_time(language: str) -> None:
    words = characters("".join(PHRASED[language].split()), 200)
    cues = shape_cues(words, duration_ms=words[-1].end_ms + 1000, language=language)
    measures = measure(cues, words, language)
    assert measures.failures() == []
    assert measures.split_phrases == 0


@pytest.mark.parametrize("pause_ms", [400, 2000])
def test_a_pause_inside_a_phrase_does_not_always_end_the_line(pause_ms: int) -> None:
    """People think in the middle of a phrase, and models place characters badly."""
    words = characters("私は図書館で働きました", 200)
    later = [Word(word.start_ms + pause_ms, word.end_ms + pause_ms, word.text, word.probability) for word in words[3:]]
    cues = shape_cues([*words[:3], *later], duration_ms=6000, language="ja")
    assert not any(line.startswith("書館") for line in lines_of(cues))


@settings(deadline=None)
@given(
    st.sampled_from([*PHRASED]), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4000)), min_size=1, max_size=40),
    st.integers(30, 300),
)  # fmt: skip
def test_texts_of_any_phrases_with_any_pauses_lose_nothing(
    language: str, chosen: list[tuple[int, int]], each_ms: int
) -> None:
    known, words, at = PHRASED[language].split(), [], 0
    for place, pause in chosen:
        for letter in known[place % len(known)]:
            words.append(Word(at, at + each_ms, letter, 0.9))
            at += each_ms
        at += pause if pause > 3000 else 0
    cues = shape_cues(words, duration_ms=at + 500, language=language)
    check(cues, words, at + 500)
    for cue in cues:
        for upper, lower in pairwise(cue.text.split("\n")):
            assert not is_one_letter(upper[-1], lower[0])


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=0x0E00, max_codepoint=0x0EFF), min_size=1, max_size=200))
def test_no_piece_of_a_long_word_begins_inside_a_letter(text: str) -> None:
    parts = pieces(text)
    assert "".join(parts) == text
    for before, after in pairwise(parts):
        assert not is_one_letter(before[-1], after[0]) or all(map(is_one_letter, before, before[1:]))


def test_thai_signs_stay_with_the_letter_that_they_belong_to() -> None:
    text = "ที่น้ำแก้วไม่เคยเปลี่ยนแปลงเลยตลอดเวลาที่ผ่านมาและยังคงอยู่กับเราเสมอ"
    cues = shape_cues(characters(text), duration_ms=30_000, language="th")
    assert all(line[0] not in "ะาำิีึืุู่้๊๋็์" and line[-1] not in "เแโใไ" for line in lines_of(cues))


def test_a_language_without_a_model_has_no_phrases() -> None:
    assert phrase_starts("ဒီနေ့", "my") is None
    assert phrase_starts("", "ja") == {}


def test_chinese_characters_decide_which_model_is_used() -> None:
    """The model writes either kind of character, whatever the language tag says."""
    for text in ("我们应该先听别人说话", "我們應該先聽別人說話"):
        starts = phrase_starts(text, "zh")
        assert starts is not None
        assert 2 in starts
        assert 1 not in starts

"""The marks of all scripts that end, open or close parts of a sentence. Data, and predicates over single words.

The marks are those of the Unicode properties Sentence_Terminal and Terminal_Punctuation (PropList.txt) for scripts in use
today. `NEVER_FIRST` and `NEVER_LAST` are the characters that may not begin or end a line in Japanese (JIS X 4051), Chinese
(GB/T 15834), Thai and Lao (vowels and repetition marks, which are part of the syllable before or after them).
"""

from __future__ import annotations

import unicodedata

SENTENCE_MARKS = tuple(".!?…‼‽⁇⁈⁉։؞؟۔।॥။።፧፨។៕᠃᠉།༎߹。！．？｡﹒﹖﹗")
CLAUSE_MARKS = tuple(",;:–—·‚،؛፣፤፥፦၊、，；：､～〜﹐﹑﹔﹕")
CLOSING = "\"'”’»›)]}」』）］｝】〉》〕〗"
OPENING = "\"'“‘„‚«‹([{¿¡「『（［｛【〈《〔〖"
AROUND = CLOSING + OPENING + "".join(SENTENCE_MARKS) + "".join(CLAUSE_MARKS)
NEVER_FIRST = frozenset(
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶーゝゞヽヾ々、。，．！？：；」』）】〉》〕〗］｝ฯะาำๅๆຯະາຳຽໆ"
)
NEVER_LAST = frozenset("「『（［｛【〈《〔〖เแโใไເແໂໃໄ\u17d2\u1039")
"""The last two are the signs that stack consonants in Khmer and Burmese."""
_AFTER_WORDS = frozenset("".join(SENTENCE_MARKS + CLAUSE_MARKS) + CLOSING) - frozenset("–—")
UNITS = "%‰°€$£¥"
"""Signs that belong to the number before them."""


def is_one_letter(before: str, after: str) -> bool:
    """Return whether two adjacent characters are parts of one letter or syllable, so that no line may end between them."""
    return unicodedata.category(after).startswith("M") or after in NEVER_FIRST or before in NEVER_LAST


def belongs_to_previous(text: str, previous: str) -> bool:
    """Return whether a word consists of marks that may not begin a line, such as the "?" of "Ça va ?"."""
    if all(sign in UNITS for sign in text):
        return previous[-1].isdigit()
    return all(sign in _AFTER_WORDS for sign in text) and not belongs_to_next(text)


def belongs_to_next(text: str) -> bool:
    """Return whether a word consists of opening marks only, which may not end a line."""
    return all(sign in OPENING and sign not in CLOSING for sign in text)

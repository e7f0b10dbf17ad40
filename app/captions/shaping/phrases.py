"""Calculate the cost of breaking a sentence after each of its words.

The rules follow the guidelines of Netflix, the BBC and DCMP: break after punctuation and before conjunctions and
prepositions; never break after an article or inside a name. The word lists are English, with articles of some other
languages. Texts in other languages are broken only at punctuation and pauses.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.captions.shaping.cues import Word

AFTER_SENTENCE = 0.0
AFTER_CLAUSE = 3.0
BEFORE_LINKING_WORD = 6.0
BETWEEN_WORDS = 12.0
AFTER_BINDING_WORD = 25.0
FORBIDDEN = 400.0
"""Cost of a break after an article or inside a name. It is so high that any other break is preferred."""
FULL_PAUSE_MS = 1500
"""Length of a pause that makes a break between ordinary words as cheap as possible."""


def _words(*lists: str) -> frozenset[str]:
    return frozenset(" ".join(lists).split())


ARTICLES = _words(
    "a an the",
    "le la les un une des el los las una unos unas der das dem den ein eine einen il lo gli het",
)
LINKING = _words(
    "and but or so because although while when where which who that if then than as after before until since",
    "in on at of for with from by to into about over under between through during without",
)
BINDING = LINKING | _words(
    "i you he she it we they my your his her its our their this these those not no very",
    "am is are was were be been being do does did have has had can could will would shall should may might must",
    "i'm i've i'll i'd you're we're they're it's don't didn't can't",
    "one two three four five six seven eight nine ten",
)
NEVER_IN_A_NAME = ARTICLES | BINDING
ABBREVIATIONS = _words("mr. mrs. ms. dr. prof. st. e.g. i.e. vs.")
SENTENCE_MARKS = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
CLAUSE_MARKS = (",", ";", ":", "–", "—", "、", "，", "；", "：", "،")
CLOSING = "\"'”’»)]}"
AROUND = CLOSING + '"“‘«([{¿¡' + "".join(SENTENCE_MARKS) + "".join(CLAUSE_MARKS)


def break_costs(words: Sequence[Word]) -> list[float]:
    """Return the cost of a break after each word.

    The cost is 0 at the end of a sentence, and FORBIDDEN after an article or inside a name.
    """
    return [_cost(words, index) for index in range(len(words))]


def ends_sentence(text: str) -> bool:
    """Return whether a word ends a sentence. The full stop of an abbreviation ("Dr.") or an initial does not."""
    bare = text.rstrip(CLOSING)
    return bare.endswith(SENTENCE_MARKS) and bare.casefold() not in ABBREVIATIONS and not _is_initial(bare)


def is_article(text: str) -> bool:
    """Return whether a word is an article, which must stay with the next word."""
    return not text.rstrip(CLOSING).endswith(SENTENCE_MARKS + CLAUSE_MARKS) and _plain(text) in ARTICLES


def is_inside_name(text: str, following: str) -> bool:
    """Return whether two adjacent words belong to one name.

    Both are capitalised, no punctuation separates them, and neither is a common word.
    """
    bare = text.rstrip(CLOSING)
    if bare.endswith(CLAUSE_MARKS) or ends_sentence(bare):
        return False
    return all(_is_capitalised(part) and _plain(part) not in NEVER_IN_A_NAME for part in (text, following))


def is_forbidden(text: str, following: str) -> bool:
    """Return whether a line or cue should not end between these two words."""
    return is_article(text) or is_inside_name(text, following)


def _cost(words: Sequence[Word], index: int) -> float:
    text = words[index].text
    if index + 1 == len(words) or ends_sentence(text):
        return AFTER_SENTENCE
    following = words[index + 1]
    if is_forbidden(text, following.text):
        return FORBIDDEN
    pause_ms = following.start_ms - words[index].end_ms
    return _by_words(text, following.text) * max(0.15, 1 - pause_ms / FULL_PAUSE_MS)


def _by_words(text: str, following: str) -> float:
    if text.rstrip(CLOSING).endswith(CLAUSE_MARKS):
        return AFTER_CLAUSE
    if _plain(text) in BINDING or text.isnumeric():
        return AFTER_BINDING_WORD
    return BEFORE_LINKING_WORD if _plain(following) in LINKING else BETWEEN_WORDS


def _plain(text: str) -> str:
    return text.strip(AROUND).casefold().replace("’", "'")


def _is_capitalised(text: str) -> bool:
    return text.strip(AROUND)[:1].isupper()


def _is_initial(text: str) -> bool:
    return len(text) == 2 and text[0].isupper() and text[1] == "." and text != "I."

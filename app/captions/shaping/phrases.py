"""Calculate the cost of breaking a sentence after each of its words.

In languages without spaces, where speech models give each character as a word, phrases are found by `phrase_starts`.

The rules follow the guidelines of Netflix, the BBC and DCMP: break after punctuation and before conjunctions and
prepositions; never break after an article or inside a name. `grammar` has the words of each language.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.captions.shaping.cues import Word
from app.captions.shaping.grammar import APOSTROPHES, Grammar
from app.captions.shaping.marks import AROUND, CLAUSE_MARKS, CLOSING, SENTENCE_MARKS, is_one_letter
from app.captions.shaping.phrase_starts import phrase_starts
from app.captions.shaping.scripts import needs_space

AFTER_SENTENCE = 0.0
AFTER_CLAUSE = 3.0
BEFORE_LINKING_WORD = 6.0
BETWEEN_WORDS = 12.0
AFTER_BINDING_WORD = 25.0
MAYBE_INSIDE_PHRASE, INSIDE_PHRASE, INSIDE_PHRASE_PAUSE = 25.0, 90.0, 0.5
"""Costs of a break inside a phrase of a language without spaces, and the least factor for a pause at such a break.

They are lower than FORBIDDEN because some phrases are wrong.
"""
FORBIDDEN = 400.0
"""Cost of a break after an article or inside a name. It is so high that any other break is preferred."""
FULL_PAUSE_MS = 1500
"""Length of a pause that makes a break between ordinary words as cheap as possible."""


def break_costs(words: Sequence[Word], grammar: Grammar) -> list[float]:
    """Return the cost of a break after each word.

    The cost is 0 at the end of a sentence, and FORBIDDEN after an article or inside a name.
    """
    inside = inside_phrases([word.text for word in words], grammar)
    return [_cost(words, index, grammar, inside[index]) for index in range(len(words))]


def inside_phrases(texts: Sequence[str], grammar: Grammar) -> list[float]:
    """Return the cost of a break after each word because it is inside a phrase: 0 if it is not.

    Phrases are known only in languages without spaces. Words with a space between them belong to different phrases.
    """
    inside = [0.0] * len(texts)
    first = 0
    for last, text in enumerate(texts):
        if last + 1 < len(texts) and not needs_space(text, texts[last + 1]):
            continue
        starts = phrase_starts("".join(texts[first : last + 1]), grammar.language) if last > first else None
        place = 0
        for index in range(first, last):
            place += len(texts[index])
            if starts is not None and not starts.get(place):
                inside[index] = MAYBE_INSIDE_PHRASE if place in starts else INSIDE_PHRASE
        first = last + 1
    return inside


def ends_sentence(text: str, grammar: Grammar) -> bool:
    """Return whether a word ends a sentence.

    The full stop of an abbreviation ("Dr."), an initial or, in some languages, an ordinal number ("3.") does not.
    """
    bare = text.rstrip(CLOSING)
    if grammar.ends_with_semicolon and bare.endswith(";"):
        return True
    if not bare.endswith(SENTENCE_MARKS) or bare.casefold() in grammar.abbreviations or _is_initial(bare):
        return False
    return not (grammar.has_ordinal_stop and bare[:-1].isdigit() and bare.endswith("."))


def begins_sentence(text: str, following: str, grammar: Grammar) -> bool:
    """Return whether the second of two words begins a sentence although no mark ends the first.

    Speech models leave out full stops, but still write a capital letter. Only words that are not names count.
    """
    word = following.strip(AROUND)
    if not word[:1].isupper() or (len(word) > 1 and word.isupper()) or _plain(word) not in grammar.openers:
        return False
    if _plain(text) in grammar.binding | grammar.articles or text.endswith(CLAUSE_MARKS):
        return False
    return grammar.has_capital_nouns or not _is_capitalised(text) or _is_initial(text.rstrip(CLOSING))


def is_article(text: str, grammar: Grammar) -> bool:
    """Return whether a word is an article, or ends in one ("d'une"), which must stay with the next word."""
    bare = text.rstrip(CLOSING)
    if bare.endswith(SENTENCE_MARKS + CLAUSE_MARKS):
        return False
    return not grammar.articles.isdisjoint(_parts(text, grammar)) or _curly(text).casefold() in grammar.elisions


def is_inside_name(text: str, following: str, grammar: Grammar) -> bool:
    """Return whether two adjacent words belong to one name.

    Both are capitalised, no punctuation separates them, and neither is a common word.
    """
    bare = text.rstrip(CLOSING)
    if bare.endswith(CLAUSE_MARKS) or ends_sentence(bare, grammar):
        return False
    common = grammar.articles | grammar.binding
    return all(_is_capitalised(part) and _plain(part) not in common for part in (text, following))


def is_forbidden(text: str, following: str, grammar: Grammar) -> bool:
    """Return whether a line or cue should not end between these two words."""
    return (
        is_one_letter(text[-1], following[0]) or is_article(text, grammar) or is_inside_name(text, following, grammar)
    )


def _cost(words: Sequence[Word], index: int, grammar: Grammar, inside: float) -> float:
    text = words[index].text
    if index + 1 == len(words) or ends_sentence(text, grammar):
        return AFTER_SENTENCE
    following = words[index + 1]
    if begins_sentence(text, following.text, grammar):
        return AFTER_SENTENCE
    if is_forbidden(text, following.text, grammar):
        return FORBIDDEN
    pause_ms = following.start_ms - words[index].end_ms
    if inside and not text.rstrip(CLOSING).endswith(CLAUSE_MARKS):
        return inside * max(INSIDE_PHRASE_PAUSE, 1 - pause_ms / FULL_PAUSE_MS)
    return by_words(text, following.text, grammar) * max(0.15, 1 - pause_ms / FULL_PAUSE_MS)


def by_words(text: str, following: str, grammar: Grammar) -> float:
    """Return the cost of a break between two words of a sentence, without regard to a pause between them."""
    if text.rstrip(CLOSING).endswith(CLAUSE_MARKS):
        return AFTER_CLAUSE
    if not grammar.binding.isdisjoint(_parts(text, grammar)) or text.isnumeric():
        return AFTER_BINDING_WORD
    if _plain(following) in grammar.trailing:
        return AFTER_BINDING_WORD
    head, *_rest = _parts(following, grammar)
    return BEFORE_LINKING_WORD if head in grammar.linking else BETWEEN_WORDS


def _parts(text: str, grammar: Grammar) -> list[str]:
    """Return the word, or its two parts if it begins with an elided word: "d'", "une"."""
    plain = _plain(text)
    head, apostrophe, tail = plain.partition("'")
    return [head + apostrophe, tail] if apostrophe and head + apostrophe in grammar.elisions else [plain]


def _plain(text: str) -> str:
    return _curly(text.strip(AROUND)).casefold()


def _curly(text: str) -> str:
    return text.replace(APOSTROPHES[1], APOSTROPHES[0])


def _is_capitalised(text: str) -> bool:
    return text.strip(AROUND)[:1].isupper()


def _is_initial(text: str) -> bool:
    return len(text) == 2 and text[0].isupper() and text[1] == "." and text != "I."

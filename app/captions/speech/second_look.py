"""Add sentence marks to a text that the speech model wrote without any.

Whisper sometimes writes a whole window without a full stop. If it is asked again, with a prompt that has marks and with
timestamps, it usually writes them. Only the marks and capital letters of the second text are used, for words that are
the same in both, so that no word is changed, lost or added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from app.captions.shaping.cues import Word
from app.captions.shaping.grammar import grammar_of
from app.captions.shaping.marks import AROUND
from app.captions.shaping.phrases import ends_sentence

MIN_WORDS = 10
"""Minimum number of words. A shorter text may be one unfinished sentence."""
MIN_SAME = 0.6
"""Minimum share of words that are the same in both texts. Below it, the second text is probably invented."""
PROMPTS = {
    "en": "Hello. How are you? I am fine, thank you.",
    "es": "Hola. ¿Cómo estás? Estoy bien, gracias.",
    "fr": "Bonjour. Comment allez-vous ? Je vais bien, merci.",
    "de": "Hallo. Wie geht es dir? Mir geht es gut, danke.",
    "it": "Ciao. Come stai? Sto bene, grazie.",
    "pt": "Olá. Como está? Estou bem, obrigado.",
    "nl": "Hallo. Hoe gaat het? Het gaat goed, dank je.",
    "pl": "Cześć. Jak się masz? Dobrze, dziękuję.",
    "ru": "Привет. Как дела? Хорошо, спасибо.",
    "uk": "Привіт. Як справи? Добре, дякую.",
    "tr": "Merhaba. Nasılsın? İyiyim, teşekkürler.",
    "ar": "مرحبا. كيف حالك؟ أنا بخير، شكرا.",
}
"""The prompt, a text with sentence marks, for each language in which a second transcription is tried (Whisper's names).
"""


def lacks_marks(words: Sequence[Word], language: str) -> bool:
    """Return whether a text is long enough to have sentences but has no mark that ends one."""
    grammar = grammar_of(language)
    return len(words) >= MIN_WORDS and not any(ends_sentence(word.text, grammar) for word in words)


def with_marks(words: Sequence[Word], second: Sequence[str]) -> list[Word]:
    """Return the words with the marks and capital letters that the second text has for the same words."""
    plain, other = [_plain(word.text) for word in words], [_plain(text) for text in second]
    blocks = SequenceMatcher(None, plain, other, autojunk=False).get_matching_blocks()
    if sum(block.size for block in blocks) < MIN_SAME * len(words):
        return list(words)
    marked = list(words)
    for block in blocks:
        for step in range(block.size):
            if plain[block.a + step]:
                marked[block.a + step] = replace(words[block.a + step], text=second[block.b + step])
    return marked


def _plain(text: str) -> str:
    return text.strip(AROUND).casefold()

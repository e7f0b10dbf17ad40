"""A fake speech model that returns a fixed sentence for each language, and records which languages it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.captions.shaping.cues import Word
from app.captions.speech.languages import LanguageGuess
from app.captions.speech.sound import Sound
from app.captions.speech.transcriber import Transcript

SAID: Mapping[str, str] = {"en": "I led a team", "es": "Dirigí un equipo", "cy": "Bore da i chi", "zh": "艾里德"}


class ScriptedModel:
    """A model that detects the language `like`. If only other languages are allowed, it uses the first of them.

    It calls `meanwhile` during each transcription. `start_ms` is when the first word is said.
    """

    def __init__(self, like: str = "en", meanwhile: Callable[[], None] = lambda: None):
        self.like = like
        self.meanwhile = meanwhile
        self.start_ms = 0
        self.asked: list[list[str]] = []
        self.told: list[list[str]] = []
        self.sizes: list[int] = []

    def transcribe(
        self,
        sound: Sound,
        _meanwhile: Callable[[float], None],
        *,
        languages: Sequence[str],
        vocabulary: Sequence[str],
        memory: object,
    ) -> Transcript:
        """Return the words of the detected language, or of the first allowed language."""
        self.asked.append(list(languages))
        self.told.append(list(vocabulary))
        self.sizes.append(sound.size)
        self.meanwhile()
        language = self.like if self.like in languages or not languages else languages[0]
        words = [
            Word(self.start_ms + 1000 * at, self.start_ms + 1000 * at + 800, word, 0.9)
            for at, word in enumerate(SAID[language].split())
        ]
        return Transcript(words, language, "scripted", None, LanguageGuess(self.like, 0.6))

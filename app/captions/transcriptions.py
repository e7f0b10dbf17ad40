"""The result of a transcription, before it is saved."""

from __future__ import annotations

from dataclasses import dataclass

from app.captions.shaping.shaper import Cue
from app.captions.speech.languages import LanguageGuess
from app.captions.speech.signals import Signals
from app.captions.verdicts import Verdict, verdict_on


@dataclass(frozen=True, slots=True)
class Transcription:
    """The result of a transcription: cues, their language (BCP 47), the model, and a warning to show with them.

    `guess` is the language that the sound is most like, if the model compared several languages. `signals` are the
    measurements for the verdict. They are None for models without reliable signals.
    """

    cues: list[Cue]
    language: str
    model: str | None
    notice: str | None
    guess: LanguageGuess | None = None
    signals: Signals | None = None

    @property
    def verdict(self) -> Verdict | None:
        """Return the verdict on the text, or None if there are no signals."""
        return verdict_on(self.signals) if self.signals else None

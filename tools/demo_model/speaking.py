"""Speech synthesis: espeak-ng through its C library, with the sample at which each word and phoneme begins.

espeak-ng has the licence GPL-3.0-or-later. It is called as a library and not copied, and the product does not need it.
"""

from __future__ import annotations

import ctypes as c
from typing import ClassVar

import numpy as np

from tools.demo_model.problems import Problem

LIBRARY = "libespeak-ng.so.1"

# From speak_lib.h of espeak-ng 1.51.
_AUDIO_SYNCHRONOUS = 2
_WITH_PHONEME_EVENTS = 1
_CHARACTERS_UTF8 = 1
_RATE, _PITCH, _PITCH_RANGE = 1, 3, 4
_EVENT_WORD, _EVENT_PHONEME = 1, 7


class VoiceMissing(Problem):
    """espeak-ng is not installed, or does not have the voice. The message says what to do."""


class _EventId(c.Union):
    _fields_: ClassVar = [("number", c.c_int), ("name", c.c_char_p), ("string", c.c_char * 8)]


class _Event(c.Structure):
    _fields_: ClassVar = [
        ("type", c.c_int),
        ("unique_identifier", c.c_uint),
        ("text_position", c.c_int),
        ("length", c.c_int),
        ("audio_position", c.c_int),
        ("sample", c.c_int),
        ("user_data", c.c_void_p),
        ("id", _EventId),
    ]


_Callback = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_short), c.c_int, c.POINTER(_Event))


class Voice:
    """The synthesiser. Use only one in a process, because the library has global state."""

    def __init__(self) -> None:
        """Load the library. Raises VoiceMissing if it is not installed."""
        try:
            self._library = c.CDLL(LIBRARY)
        except OSError as problem:
            raise VoiceMissing(
                f"{LIBRARY} was not found. Install espeak-ng with the system's packages "
                "(Debian and Ubuntu: apt-get install espeak-ng; Fedora: dnf install espeak-ng)."
            ) from problem
        self.sample_rate: int = self._library.espeak_Initialize(_AUDIO_SYNCHRONOUS, 0, None, _WITH_PHONEME_EVENTS)
        if self.sample_rate <= 0:
            raise VoiceMissing("espeak-ng is installed without its data files: install espeak-ng-data.")
        self._callback = _Callback(self._receive)  # keep a reference, because the library does not keep one
        self._library.espeak_SetSynthCallback(self._callback)
        self._name = ""
        self._forget()

    def say(
        self, text: str, voice: str = "en-us", rate: int = 160, pitch: int = 50, pitch_range: int = 50
    ) -> tuple[np.ndarray, list[tuple[int, int]], list[tuple[str, int]]]:
        """Speak one sentence. `rate` is in words per minute; `pitch` and `pitch_range` are from 0 to 100.

        Returns the sound (int16, mono, at `sample_rate`), the words as (1-based position in the text, first sample),
        and the phonemes as (name, first sample). Raises VoiceMissing if espeak-ng does not know the voice: "en" and
        "en+m4" are valid, "en-gb" and "en-gb+m4" are not.
        """
        if voice != self._name and self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise VoiceMissing(f"espeak-ng has no voice called {voice!r}.")
        self._name = voice
        for parameter, value in ((_RATE, rate), (_PITCH, pitch), (_PITCH_RANGE, pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._forget()
        encoded = text.encode()
        self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 0, 0, _CHARACTERS_UTF8, None, None)
        self._library.espeak_Synchronize()
        sound = np.concatenate(self._parts) if self._parts else np.zeros(0, np.int16)
        return sound, self._words, self._phonemes

    def _forget(self) -> None:
        self._parts: list[np.ndarray] = []
        self._words: list[tuple[int, int]] = []
        self._phonemes: list[tuple[str, int]] = []

    def _receive(self, wave, count, events) -> int:
        if count > 0 and wave:
            self._parts.append(np.ctypeslib.as_array(wave, (count,)).copy())
        index = 0
        while (event := events[index]).type != 0:
            if event.type == _EVENT_WORD:
                self._words.append((event.text_position, event.sample))
            elif event.type == _EVENT_PHONEME:
                self._phonemes.append((event.id.string.decode("utf8", "replace"), event.sample))
            index += 1
        return 0

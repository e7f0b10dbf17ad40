"""Transcribe one recording, a few windows at a time."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from math import ceil
from typing import Any

import numpy as np

from app.captions.shaping.cues import Word
from app.captions.shaping.scripts import needs_space
from app.captions.speech.heard import HeardMemory, HeardWindows, key_of
from app.captions.speech.language_comparison import ComparingEncoder
from app.captions.speech.models import ModelOptions
from app.captions.speech.second_look import PROMPTS, lacks_marks, with_marks
from app.captions.speech.signals import WindowText
from app.captions.speech.sound import LevelledSound
from app.captions.speech.vocabulary import has_term, is_supported
from app.captions.speech.windows import SAMPLE_RATE, Passage, Samples, end_to_end, placed, windows

HEARD_SECONDS = 60
"""Maximum total length of the windows that are transcribed together."""
NO_SPEECH, NO_CONFIDENCE = 0.6, -1.0
"""Whisper's thresholds. A text is treated as invented if it is uncertain and its window probably has no speech."""
MIN_LEFT_OUT = SAMPLE_RATE
"""Minimum speech, in samples, at the end of a window without words, for which it is transcribed again."""
SURE_ENOUGH = -0.7
"""Minimum mean log probability of a token for keeping a text for such speech. Most invented texts are less certain."""

ALL_TEMPERATURES = (0.0, 0.3, 0.7)
RETRY_TEMPERATURES = ALL_TEMPERATURES[1:]
"""The temperatures at which a window that looped is transcribed again. The library would try six, beginning with the
0.0 at which it looped, so that a stammer of 8 s took as long as minutes of other speech.
"""
TOKENS_A_SECOND, SPARE_TOKENS, MAX_TOKENS = 20, 40, 220
"""Limit on the tokens of a short window. Without it, a model that loops fills the window up to its own limit. Windows
that would need more than MAX_TOKENS, the maximum after the prompt, have no such limit.
"""
ONE_AT_A_TIME = threading.Lock()
"""Held while a group is heard that will be remembered, so that no group is heard by two threads."""


class WindowedTranscription:
    """The transcription of one recording. `language` is Whisper's name of the language.

    Positions are counted in the speech of the recording, without the silences between passages.
    """

    def __init__(
        self,
        whisper: Any,
        options: ModelOptions,
        sound: LevelledSound,
        speech: Sequence[Passage],
        *,
        language: str,
        memory: HeardMemory | None = None,
        model: str = "",
        is_finished: bool = True,
    ):
        """Prepare to transcribe `speech`.

        If the recording is not finished, the windows that later sound can change are left out. `memory` keeps what was
        heard of this recording, by a model that `model` identifies.
        """
        self.whisper = whisper
        self.options = options
        self.sound = sound
        self.speech = speech
        self.windows = windows(speech, options.chunk_length * SAMPLE_RATE, is_finished=is_finished)
        self.edges = [(speech[first].place, speech[last].place_end) for first, last in self.windows]
        self.language = language
        self.heard: list[WindowText] = []
        self.languages: Mapping[str, float] = {}
        """The probability of each language in the first batch. Empty if the windows are transcribed one at a time."""
        self._memory = memory
        self._model = model
        self.spoken_until = 0.0
        """The end of the last word so far, in seconds of speech. It decides how a long first word is judged."""
        self._texts: list[WindowText] = []

    def words(self, meanwhile: Callable[[float], None]) -> list[Word]:
        """Return the words of all windows, with times in the recording."""
        words: list[Word] = []
        for indexes in self.groups():
            words += self.hear(indexes).words
            meanwhile((indexes[-1] + 1) / len(self.edges))
        return words

    def hear(self, indexes: range) -> HeardWindows:
        """Return what the model makes of the next group of windows, or made of it before."""
        heard = self._hear_or_remember(indexes, self._memory) if self._memory else self._hear(indexes)
        self.heard += heard.texts
        self.languages = self.languages or heard.languages
        self.spoken_until = heard.spoken_until
        return heard

    def _hear_or_remember(self, indexes: range, memory: HeardMemory) -> HeardWindows:
        key = self._key(indexes)
        with ONE_AT_A_TIME:
            heard = memory.get(key)
            if heard is None:
                heard = self._hear(indexes)
                memory.put(key, heard)
        return heard

    def _key(self, indexes: range) -> str:
        first, last = self.windows[indexes[0]][0], self.windows[indexes[-1]][1]
        facts = {
            "model": self._model,
            "options": asdict(self.options),
            "language": self.language,
            "windows": self.windows[indexes[0] : indexes[-1] + 1],
            "speech": [asdict(passage) for passage in self.speech[first : last + 1]],
            "spoken until": self.spoken_until,
        }
        return key_of(self._window(indexes), facts)

    def _hear(self, indexes: range) -> HeardWindows:
        words: list[Word] = []
        self._texts = []
        heard = self._together(indexes) if self.options.batched else [None] * len(indexes)
        for index, segments in zip(indexes, heard, strict=True):
            begin = self.edges[index][0] if segments is None else 0
            found = self._words(self._alone(index) if segments is None else segments, begin)
            found = self._confirmed(index, found)
            if self._may_ask_again() and lacks_marks(found, self.language):
                found = with_marks(found, self._second_text(index))
            words += [*found, *self._left_out(index, found)]
        return HeardWindows(words, self._texts, self.languages, self.spoken_until)

    def groups(self) -> Iterator[range]:
        """Yield the windows that are transcribed together.

        Groups consist of whole batches, so that each batch is the same as if all windows were transcribed together.
        """
        for first in range(0, len(self.edges), self.group_size):
            yield range(first, min(first + self.group_size, len(self.edges)))

    @property
    def group_size(self) -> int:
        """Return the number of windows in each group but the last."""
        most = self.options.batch_size * ceil(HEARD_SECONDS / self.options.chunk_length / self.options.batch_size)
        return most if self.options.batched else 1

    def _together(self, indexes: range) -> list[list[Any] | None]:
        """Return the segments of each window, or None for a window in which the model looped."""
        from faster_whisper import BatchedInferencePipeline

        edges = [self.edges[index] for index in indexes]
        encoder = ComparingEncoder(self.whisper)
        pipeline = BatchedInferencePipeline(model=encoder if indexes[0] == 0 else self.whisper)
        # The library uses the end of the previous word to judge a long first word, but resets it on each call.
        pipeline.last_speech_timestamp = self.spoken_until
        segments, _info = pipeline.transcribe(
            self._speech_of(indexes),
            batch_size=self.options.batch_size,
            clip_timestamps=[{"start": a / SAMPLE_RATE, "end": b / SAMPLE_RATE} for a, b in edges],
            **self._asked(indexes),
        )
        # `seek` is in hundredths of a second, rounded down.
        starts = [begin * 100 // SAMPLE_RATE - 1 for begin, _ in edges]
        heard: list[list[Any] | None] = [[] for _ in edges]
        for segment in segments:
            index = bisect_right(starts, segment.seek) - 1
            self.spoken_until = float(segment.end) if segment.words else self.spoken_until
            if segment.compression_ratio > self.options.compression_ratio_threshold:
                heard[index] = None
            elif (so_far := heard[index]) is not None:
                so_far.append(segment)
        self.languages = self.languages or encoder.languages
        return heard

    def _speech_of(self, indexes: range) -> Samples:
        """Return the speech up to the end of these windows, with zeros before them.

        Times then count from the start of all speech. The zeros are never written, so they take no memory.
        """
        filled = self._window(indexes)
        begin = self.edges[indexes[0]][0]
        speech = np.zeros(begin + filled.size, np.float32)
        speech[begin:] = filled
        return speech

    def _window(self, indexes: range) -> Samples:
        first, last = self.windows[indexes[0]][0], self.windows[indexes[-1]][1]
        return end_to_end(self.sound.read, self.speech[first : last + 1])

    def _alone(self, index: int) -> Iterable[Any]:
        """Transcribe one window in faster-whisper's sequential mode, which retries at higher temperatures."""
        segments, _info = self.whisper.transcribe(
            self._window(range(index, index + 1)),
            vad_filter=False,
            temperature=RETRY_TEMPERATURES if self.options.batched else ALL_TEMPERATURES,
            condition_on_previous_text=self.options.condition_on_previous_text,
            compression_ratio_threshold=self.options.compression_ratio_threshold,
            **self._asked(range(index, index + 1)),
        )
        return list(segments)

    def _confirmed(self, index: int, found: list[Word]) -> list[Word]:
        """Return the words of a window, or those heard without the vocabulary if a word of it was probably made up."""
        told, texts = self.options.hotwords, [word.text for word in found]
        if not told or not has_term(texts, told):
            return found
        plain = self._without_vocabulary(index)
        return found if is_supported(texts, [word.text for word in plain], told) else plain

    def _without_vocabulary(self, index: int) -> list[Word]:
        segments = self._once(self._window(range(index, index + 1)), index, hotwords=None)
        return self._words(segments, self.edges[index][0])

    def _once(self, sound: Samples, index: int, **changes: Any) -> Iterable[Any]:
        """Return the segments of one window or of a part of it, transcribed with these changes."""
        from faster_whisper import BatchedInferencePipeline

        asked = self._asked(range(index, index + 1)) | changes
        segments, _info = BatchedInferencePipeline(model=self.whisper).transcribe(
            sound, batch_size=1, clip_timestamps=[{"start": 0, "end": sound.size / SAMPLE_RATE}], **asked
        )
        return segments

    def _may_ask_again(self) -> bool:
        """Return whether a prompt for sentence marks helps. This was measured only with multilingual models."""
        return self.options.batched and self.language in PROMPTS and bool(self.whisper.model.is_multilingual)

    def _second_text(self, index: int) -> list[str]:
        """Return the words of a window that is transcribed again, with a prompt that has sentence marks."""
        changes = {"initial_prompt": PROMPTS[self.language], "without_timestamps": False, "word_timestamps": False}
        segments = self._once(self._window(range(index, index + 1)), index, **changes)
        return " ".join(segment.text for segment in segments).split()

    def _left_out(self, index: int, found: Sequence[Word]) -> list[Word]:
        """Return words of speech at the end of a window for which the model returned none.

        Without timestamps, the model sometimes ends its text at a pause and leaves out the sentence after it.
        """
        if not found or not self.options.batched:
            return []
        first, last = self.windows[index]
        rest = [passage for passage in self.speech[first : last + 1] if _ms(passage.start) >= found[-1].end_ms]
        if sum(passage.end - passage.start for passage in rest) < MIN_LEFT_OUT:
            return []
        segments = self._once(end_to_end(self.sound.read, rest), index, hotwords=None)
        return self._words(filter(self._is_sure, segments), rest[0].place)

    def _is_sure(self, segment: Any) -> bool:
        """Return whether a text is certain enough to be used for speech that the model first left out."""
        is_loop = segment.compression_ratio > self.options.compression_ratio_threshold
        return not is_loop and segment.no_speech_prob <= NO_SPEECH and segment.avg_logprob >= SURE_ENOUGH

    def _asked(self, indexes: range) -> dict[str, Any]:
        longest = max(end - begin for begin, end in (self.edges[index] for index in indexes))
        tokens = SPARE_TOKENS + TOKENS_A_SECOND * longest // SAMPLE_RATE
        return {
            "max_new_tokens": tokens if tokens <= MAX_TOKENS else None,
            "language": self.language,
            "beam_size": self.options.beam_size,
            "initial_prompt": self.options.initial_prompt,
            "hotwords": self.options.hotwords,
            "without_timestamps": self.options.without_timestamps,
            "word_timestamps": True,
        }

    def _words(self, segments: Iterable[Any], begin: int) -> list[Word]:
        """Return the words of segments, with times in the recording.

        `begin` is the position at which the segments' times start.
        """
        words: list[Word] = []
        for segment in segments:
            if segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < NO_CONFIDENCE:
                continue
            measured = (segment.avg_logprob, segment.no_speech_prob, segment.compression_ratio)
            self._texts.append(WindowText(len(segment.tokens), *map(float, measured)))
            for word in segment.words or ():
                text = word.word.strip()
                start, end = placed(self.speech, begin + word.start * SAMPLE_RATE, begin + word.end * SAMPLE_RATE)
                if not text:
                    continue
                heard = Word(_ms(start), _ms(end), text, min(1.0, max(0.0, float(word.probability))))
                if words and not word.word.startswith(" ") and needs_space(words[-1].text, text):
                    words[-1] = _continued(words[-1], heard)
                else:
                    words.append(heard)
        return words


def _continued(word: Word, rest: Word) -> Word:
    """Join two parts of one word, such as "well" and "-known"."""
    return Word(word.start_ms, rest.end_ms, word.text + rest.text, min(word.probability, rest.probability))


def _ms(samples: int) -> int:
    return samples * 1000 // SAMPLE_RATE

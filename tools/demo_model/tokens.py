"""The tokenizer: each word of the vocabulary is one token, and all other text is encoded as bytes.

Encoding never fails. The ids are in the order that CTranslate2 and faster-whisper expect of an English Whisper: text,
<|endoftext|>, <|startoftranscript|>, other special tokens, <|notimestamps|>, and then the timestamps.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models
from tokenizers.pre_tokenizers import ByteLevel

from tools.demo_model.grammar import tokens_of, vocabulary

SECONDS_A_STEP = 0.02
"""The resolution of timestamps, equal to the length of the encoder's frames."""

_WINDOW_STEPS = 1500
_SPACE = "Ġ"  # how byte-level tokenizers write a leading space
_BYTES = 256
_MARKS = (
    *("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>"),
    *("<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"),
)


def build_tokenizer() -> Tokenizer:
    """Return the tokenizer.

    Words have a much higher score than bytes, so that a word of the vocabulary is always one token.
    """
    pieces = [(byte, -20.0) for byte in sorted(ByteLevel.alphabet())]
    pieces += [(_SPACE + word, -5.0) for word in vocabulary()]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=None, byte_fallback=False))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    timestamps = [f"<|{step * SECONDS_A_STEP:.2f}|>" for step in range(_WINDOW_STEPS + 1)]
    marks = [AddedToken(mark, special=True, normalized=False) for mark in (*_MARKS, *timestamps)]
    tokenizer.add_special_tokens(marks)
    return tokenizer


def save_tokenizer(path: Path) -> None:
    """Write the tokenizer to a file (tokenizer.json)."""
    build_tokenizer().save(str(path), pretty=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The ids of the tokens that training uses."""

    count: int
    end: int
    start: int
    english: int
    previous: int
    no_speech: int
    no_timestamps: int
    ids: dict[str, int]

    @classmethod
    def load(cls) -> Tokens:
        """Return the ids from the built tokenizer."""
        pieces = build_tokenizer().get_vocab()
        named = {mark: pieces[mark] for mark in _MARKS}
        words = {word: pieces[_SPACE + word] for word in vocabulary()}
        points = {point: pieces[point] for point in ".,?"}
        return cls(
            count=len(pieces),
            end=named["<|endoftext|>"],
            start=named["<|startoftranscript|>"],
            english=named["<|en|>"],
            previous=named["<|startofprev|>"],
            no_speech=named["<|nospeech|>"],
            no_timestamps=named["<|notimestamps|>"],
            ids=words | points,
        )

    @property
    def first_timestamp(self) -> int:
        """The id of the timestamp 0.00 s. Each following id is a timestamp 0.02 s later."""
        return self.no_timestamps + 1

    @property
    def word_classes(self) -> int:
        """Number of frame classes: one for no word, and one for each word."""
        return self.end - _BYTES + 1

    def is_word(self, token: int) -> bool:
        """Return whether a token is a word of the vocabulary, not a punctuation mark, byte or special token."""
        return _BYTES <= token < self.end

    def word_class(self, token: int) -> int:
        """Return the class of the frames in which this word is heard. Class 0 is for frames without a word."""
        return token - _BYTES + 1

    def timestamp(self, seconds: float) -> int:
        """Return the id of the timestamp token for a time in a window.

        Times are limited to the range from 0 to 30 seconds.
        """
        return self.first_timestamp + min(_WINDOW_STEPS, max(0, round(seconds / SECONDS_A_STEP)))

    def of(self, sentence: str) -> list[int]:
        """Return the tokens of a sentence: one for each word and punctuation mark."""
        return [self.ids[token] for token in tokens_of(sentence)]

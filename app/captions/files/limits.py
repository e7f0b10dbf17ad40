"""The limits on caption files: bytes, lines, captions and words. No I/O."""

from __future__ import annotations

MAX_FILE_BYTES = 2 * 1024 * 1024
"""Maximum size of a caption file.

Ten hours of captions take about 1 MiB; three hours with a time for every word take 2 MiB.
"""
MAX_CUES = 6_000
"""Maximum number of captions in a file. Six hours of speech have about 5,400.

Nearly all of the time of an import goes into the editor's page, which shows every caption (benchmarks/caption_files.py).
"""
MAX_FILE_LINES = 100_000
"""Maximum number of lines in a file: more than ten for each of MAX_CUES captions.

Without this limit, a file that contained only line ends took 0.5 GB of memory.
"""
MAX_FILE_TAGS = 200_000
"""Maximum number of "<" characters in a file.

A caption file with a time for every word has three of them for each word.
"""
MAX_PLAIN_WORDS = 10_000
MAX_PLAIN_CHARACTERS = 80_000
"""Maximum length of a text without times, about an hour of speech. Shaping a text of this length takes about a second."""
MAX_WORDS_A_MINUTE = 600
MIN_PLAIN_WORDS = 200
"""A text without times is refused if it has more words per minute of the recording than people can speak.

MIN_PLAIN_WORDS words are always accepted.
"""

"""Extract the text of a caption from its markup, as browsers (WebVTT) and players (SRT) do. No I/O."""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"</?(?:[a-zA-Z.][^<>\s]*|\d+:[\d:.]+)(?:\s[^<>]*)?>|</?>")
_SRT_MARKUP = re.compile(r"</?(?:b|i|u|s|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_SRT_BREAK = re.compile(r"<br\s?/?>", re.IGNORECASE)
KNOWN_TAGS = ("c", "i", "b", "u", "v", "lang", "ruby", "rt", "s", "font", "br", "span", "em", "strong", "p", "div")
"""Tags of WebVTT, and HTML tags that some programs write into it."""
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " ")
_PRINTABLE = {**_CONTROLS, **dict.fromkeys([0, *range(0xD800, 0xE000)], "\ufffd")}
"""Replacements for control characters and for surrogates, as `str.translate` uses them."""


def vtt_text(raw: str) -> tuple[str, list[str], bool]:
    """Return the text of a WebVTT cue, its unknown tags, and whether a stray "<" was kept as text.

    Tags are removed but their content stays; escapes become characters (WebVTT, cue text tokenizer). After a "<" that
    does not begin a tag, a browser drops the text up to the next ">" or the end; this function keeps that text.
    """
    strange: list[str] = []
    parts: list[str] = []
    at = 0
    for tag in _TAG.finditer(raw):
        parts.append(raw[at : tag.start()])
        at = tag.end()
        name = re.split(r"[.\s]", tag.group().strip("</>"), maxsplit=1)[0].lower()
        if name and name not in KNOWN_TAGS and not name[0].isdigit():
            strange.append(tag.group())
    parts.append(raw[at:])
    return "".join(map(html.unescape, parts)), strange, any("<" in part for part in parts)


def srt_text(raw: str) -> str:
    """Return the text of an SRT cue without tags for style, colour and position. SRT has no escapes."""
    return _SRT_MARKUP.sub("", _SRT_BREAK.sub("\n", raw))


def clean_lines(text: str) -> list[str]:
    """Return the lines that are not empty, without control characters and surplus spaces."""
    return [line for raw in text.splitlines() if (line := " ".join(raw.translate(_PRINTABLE).split()))]

"""The text of a caption without its markup: WebVTT's tags and escapes as browsers read them, SRT's as players do. Pure."""

from __future__ import annotations

import html
import re
import unicodedata

_TAG = re.compile(r"</?(?:[a-zA-Z.][^<>\s]*|\d+:[\d:.]+)(?:\s[^<>]*)?>|</?>")
_SRT_MARKUP = re.compile(r"</?(?:b|i|u|s|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_SRT_BREAK = re.compile(r"<br\s?/?>", re.IGNORECASE)
KNOWN_TAGS = ("c", "i", "b", "u", "v", "lang", "ruby", "rt", "s", "font", "br", "span", "em", "strong", "p", "div")
"""Of WebVTT, and of HTML that programs write into it."""


def vtt_text(raw: str) -> tuple[str, list[str], bool]:
    """Return the text of a WebVTT cue, the tags in it that no program writes, and whether a stray < was kept.

    Tags are dropped and what they enclose stays; escapes become characters. (WebVTT, cue text tokenizer.) A browser also
    drops what follows a < that begins no tag, up to the next > or to the end: those words are kept here.
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
    """Return the text of an SRT cue without bold, italic, colours and places; SRT has no escapes."""
    return _SRT_MARKUP.sub("", _SRT_BREAK.sub("\n", raw))


def clean_lines(text: str) -> list[str]:
    """Return the lines of a text with something in them: no control characters, no space at either end."""
    return [line for raw in text.splitlines() if (line := " ".join("".join(map(_printable, raw)).split()))]


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if character == "\0" or category == "Cs":
        return "\ufffd"
    return " " if category == "Cc" else character

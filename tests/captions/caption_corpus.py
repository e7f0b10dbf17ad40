"""WebVTT files of many forms: as programs write them, with typical mistakes, and random ones."""

from __future__ import annotations

from itertools import product

from hypothesis import strategies as st

STAMPS = (
    "00:01.000", "00:00:02.500", "1:00:00.000", "100:00:00.000", "00:60.000", "00:59.999", "0:01.000", "00:01,000", "00:01.00",
    "00:01.0000", "00:01", "01.000", "-00:01.000", "00:00:00:12", "60:00.000", "00:00:01.000", "soon", "٠٠:٠١.٠٠٠",
)  # fmt: skip
ARROWS = (" --> ", "-->", "\t-->\t", "  -->  ", " -> ", " --> \ufeff", " -- > ", " → ", "--->", " -->> ")
SETTINGS = (
    "",
    " align:start position:0%",
    " line:-1",
    "align:left",
    " nonsense",
    " region:a vertical:rl",
    "\t",
    " -->",
)
TEXTS = (
    "Words.", "two\nlines", "<i>slanted</i>", "<v Ann>Hello", "<v.loud Ann Lee>Hello</v>", "<c.yellow.bg_blue>x</c>",
    "<ruby>漢<rt>kan</rt></ruby>", "<00:00:01.500>timed <00:00:02.000>words", "1 < 2", "1 < 2 and 3 > 2", "a <b", "<", ">", "<>",
    "</>", "<b", "I <3 you", "&amp; &lt;b&gt; &nbsp;x &lrm;y &rlm;", "&copy; &eacute; &#233; &#xe9; &bogus; &amp", "&", "a &b; c",
    "&ltx &notit;", "-->", "A --> B", "00:05.000 --> soon", "x\ty", " led", "trailing ", "NOTE this", "STYLE", "WEBVTT", "7",
    "- One\n- Two", "♪ la ♪", "שלום", "日本語", "é e\u0301", "👩‍🚀", "\ufeffmark", "a\ufeffb", "nul\0nul", "\x0b",
    "<font color=red>red</font>",
    "<laughs>", "one<br>two", "<b><i>both</b></i>", "<lang fr>mot</lang>", "<i foo>x", "<1:2>", "< i>x", "</i >x", "a\u2028b",
)  # fmt: skip
HEADERS = (
    "WEBVTT", "WEBVTT - a title", "WEBVTT\tx", "\ufeffWEBVTT", "WEBVTT\nKind: captions\nLanguage: en",
    "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000", "WEBVTT\n\nNOTE a comment", "WEBVTT\n\nNOTE\nof two\nlines",
    "WEBVTT\n\nSTYLE\n::cue { color: red }", "WEBVTT\n\nREGION\nid:a\nwidth:40%", "WEBVTT\n\n\n\n", "WEBVTT \n", "WEBVTT\nwords",
    "WEBVTT\n\nwords\nwithout times", "webvtt", "WEBVTTX", "\nWEBVTT", "",
)  # fmt: skip
BEFORE = (
    "",
    "1\n",
    "intro\n",
    "an id of words\n",
    "two\nlines\n",
    "NOTE x\n",
    "NOTE\nwords\n",
    "STYLE\n",
    "\n",
    " \n",
    "1\n\n",
)
LINE_ENDS = ("\n", "\r\n", "\r", "\r\r\n")


def corpus() -> list[str]:
    """Return one file for each form of line, and for each pair of adjacent forms that may affect each other."""
    cue = "00:01.000 --> 00:02.000\nFirst.\n\n"
    last = "\n\n00:50.000 --> 00:51.000\nLast.\n"
    files = [f"{header}\n\n{cue}{last}" for header in HEADERS] + [f"{header}\n{cue}" for header in HEADERS]
    files += [f"WEBVTT\n\n{cue}{one}{arrow}00:09.000{rest}\nWords.{last}"
              for one, arrow, rest in product(STAMPS, ARROWS[:4], SETTINGS[:2])]  # fmt: skip
    files += [
        f"WEBVTT\n\n{cue}00:05.000{arrow}00:09.000{rest}\nWords.{last}" for arrow, rest in product(ARROWS, SETTINGS)
    ]
    files += [f"WEBVTT\n\n{cue}00:05.000 --> {stamp}{rest}\nWords.{last}" for stamp, rest in product(STAMPS, SETTINGS)]
    files += [
        f"WEBVTT\n\n{cue}{before}00:05.000 --> 00:09.000\n{text}{last}" for before, text in product(BEFORE, TEXTS)
    ]
    files += [
        f"WEBVTT\n\n{cue}00:05.000 --> 00:09.000\n{text}\n{more}{last}" for text, more in product(TEXTS, TEXTS[:12])
    ]
    files += [f"WEBVTT\n\n{cue}{text}{last}" for text in TEXTS]
    files += [f"WEBVTT\n\n00:05.000 --> 00:09.000\n{text}\n00:10.000 --> 00:11.000\nNext.{last}" for text in TEXTS]
    files += [f"WEBVTT\n\n00:05.000 --> 00:09.000\n{text}\n00:10.000 -->> soon\nNext.{last}" for text in TEXTS]
    files += [f"WEBVTT\n\n00:05.000 --> 00:09.000\n\n{text}\n\n{before}00:10.000 --> 00:11.000\nNext.{last}"
              for text, before in product(TEXTS[:20], BEFORE)]  # fmt: skip
    files += [each.replace("\n", end) for each in files[:60] for end in LINE_ENDS[1:]]
    return files


_timings = st.tuples(
    st.sampled_from(STAMPS[:6]) | st.sampled_from(STAMPS), st.sampled_from(ARROWS[:2]) | st.sampled_from(ARROWS),
    st.sampled_from(STAMPS[:6]) | st.sampled_from(STAMPS), st.sampled_from(SETTINGS),
).map("".join)  # fmt: skip
_words = st.text(st.sampled_from("ab <>&;/.:-#\t01é"), max_size=20)
_lines = st.one_of(
    _timings, st.just("00:01.000 --> 00:02.000"), st.sampled_from(TEXTS), _words, st.just(""), st.sampled_from(BEFORE)
)
made_up_files = st.tuples(
    st.sampled_from(HEADERS[:6]) | st.sampled_from(HEADERS), st.lists(_lines, max_size=14), st.sampled_from(LINE_ENDS)
).map(lambda made: "\n".join([made[0], "", *made[1]]).replace("\n", made[2]))
"""Random files that Hypothesis makes from lines of caption files."""

"""Caption files are read back as they were written. For an unusable file, the error gives the line and the reason."""

import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.files.cue_text import clean_lines
from app.captions.files.vtt import (
    read_srt,
    read_text,
    read_vtt,
    write_srt,
    write_text,
    write_vtt,
)
from app.captions.shaping.cues import Cue
from app.captions.shaping.shaper import measure

unhurried = settings(deadline=None)
NOTES = ["Automatic captions, not checked by a person."]
nasty = st.text() | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "00:00:01.000 --> 00:00:02.000",
        "a\n\nNOTE b\n\n2\n00:00:09,000 --> 00:00:10,000\nc",
        "WEBVTT\n\nSTYLE\n::cue{background:url(//x)}",
        "&lt;b&gt; &amp;amp; &#60; &nbsp",
        "\0\x1b[31m\u2028two",
        "שלום עולם\u202e",
        "<v Bob>x</v> <00:00:01.000> a < b > c",
        "{\\an8}top <font color=red>red</font>",
        "7",
    ]
)


@st.composite
def cue_lists(draw, texts):
    cues, at = [], 0
    for text in draw(st.lists(texts, max_size=8)):
        start = at + draw(st.integers(0, 5000))
        at = start + draw(st.integers(1, 7000))
        cues.append(Cue(start, at, text))
    return cues


def cleaned(cues):
    return [Cue(cue.start_ms, cue.end_ms, text) for cue in cues if (text := "\n".join(clean_lines(cue.text)))]


@unhurried
@given(cue_lists(nasty))
def test_webvtt_round_trip_keeps_any_text(cues):
    assert read_vtt(write_vtt(cues, language="en", notes=NOTES)) == cleaned(cues)


@unhurried
@given(cue_lists(nasty))
def test_the_strict_parser_of_webvtt_py_finds_the_same_cues_and_no_markup(cues):
    parsed = webvtt.WebVTT.from_string(write_vtt(cues, language="en", notes=NOTES), strict=True)
    assert len(parsed.captions) == len(cleaned(cues))
    assert all(caption.text == caption.raw_text for caption in parsed.captions)
    assert not parsed.styles
    assert parsed.header_comments + parsed.footer_comments == ["Language: en", *NOTES]


@unhurried
@given(cue_lists(nasty.filter(lambda text: "<" not in text and "-->" not in text and "{" not in text)))
def test_srt_is_read_back_as_it_was_written(cues):
    assert read_srt(write_srt(cues)) == cleaned(cues)


@unhurried
@given(cue_lists(nasty))
def test_srt_keeps_times_and_letters_of_any_text_and_has_no_markup(cues):
    written = write_srt(cues)
    assert [(cue.start_ms, cue.end_ms) for cue in read_srt(written)] == [(c.start_ms, c.end_ms) for c in cleaned(cues)]
    squeezed = [cue.text.replace(" ", "") for cue in read_srt(written)]
    assert squeezed == [cue.text.replace(" ", "") for cue in cleaned(cues)]
    assert "<script" not in written
    assert "<font" not in written


def test_the_first_lines_say_the_language_and_that_nobody_has_checked_the_captions():
    text = write_vtt([Cue(500, 2000, "Hello.")], language="en", notes=[*NOTES, "Demo\n\n--> model"])
    assert text == (
        "WEBVTT\n\nNOTE Language: en\n\nNOTE Automatic captions, not checked by a person.\n\nNOTE Demo -- > model\n\n"
        "00:00:00.500 --> 00:00:02.000\nHello.\n"
    )


def test_a_script_in_a_cue_is_text():
    text = write_vtt([Cue(0, 1000, "<script>alert('x')</script> --> &")], language="en", notes=[])
    assert "&lt;script&gt;alert('x')&lt;/script&gt; --&gt; &amp;" in text
    assert read_vtt(text)[0].text == "<script>alert('x')</script> --> &"


def test_a_foreign_webvtt_file_is_read_with_its_tags_settings_and_regions_left_out():
    text = (
        "\ufeffWEBVTT - made elsewhere\r\nKind: captions\r\n\r\nREGION\r\nid:a\r\n\r\nSTYLE\r\n::cue{color:red}\r\n\r\n"
        "intro\r\n00:01.000 --> 00:02.500 line:0 align:start\r\n<v Ann>Hello &amp; <i>welcome</i></v>\r\nall\r\n\r\n"
        "01:00:00.000 --> 01:00:02.000\r\n&lrm;bye\r\n"
    )
    assert read_vtt(text) == [Cue(1000, 2500, "Hello & welcome\nall"), Cue(3_600_000, 3_602_000, "\u200ebye")]


def test_a_foreign_srt_file_is_read_with_its_markup_left_out():
    text = (
        "\n1\n00:00:01,000 --> 00:00:02,000 X1:0\n<i>It was</i>\n{\\an8}1999 <3\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\nEnd"
    )
    assert read_srt(text) == [Cue(1000, 2000, "It was\n1999 <3"), Cue(3000, 4000, "End")]


def test_cues_out_of_order_are_put_in_order():
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\nb\n\n00:01.000 --> 00:02.000\na\n"
    assert [cue.text for cue in read_vtt(text)] == ["a", "b"]


def test_plain_text_has_a_paragraph_for_each_stretch_of_speech():
    cues = [Cue(0, 2000, "I led a team\nof five."), Cue(2500, 4000, "It went well."), Cue(7000, 9000, "Then I left.")]
    assert write_text(cues, notes=NOTES) == (
        "Automatic captions, not checked by a person.\n\nI led a team of five. It went well.\n\nThen I left.\n"
    )


def test_plain_text_is_spread_over_the_recording_as_captions():
    text = "I led a small team. We had to move everything before the end of the year.\n\nIt went well, and I am proud."
    cues = read_text(text, duration_ms=9000)
    assert " ".join(" ".join(cue.text.split()) for cue in cues) == " ".join(text.split())
    assert measure(cues, [word for cue in cues for word in cue.words]).failures() == []
    assert cues[-1].end_ms <= 9000


def test_plain_text_for_no_recording_and_no_text_are_no_failure():
    assert read_text(" \n", duration_ms=5000) == []
    assert [cue.text for cue in read_text("Hello.", duration_ms=0)] == ["Hello."]

"""Messages about caption files: why a file cannot be used, what was repaired, and the names of text encodings."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from app.captions.clock import clock_time, write_time
from app.captions.files.encodings import DOUBLE_UTF_8
from app.captions.files.imported import ImportedFile, RepairSummary
from app.captions.files.limits import MAX_CUES, MAX_PLAIN_WORDS
from app.captions.files.offsets import LateCaptions
from app.captions.files.problems import CaptionFileError, CaptionProblem, Repair


def words_for_file_error(error: CaptionFileError) -> str:
    """Return the message that says why a file cannot be used and what the user should do."""
    if error.problem is CaptionProblem.NOT_CAPTIONS:
        return _words_for_kind(error.kind)
    return {
        CaptionProblem.TOO_LARGE: _("This file is too large for captions. Split it into smaller files."),
        CaptionProblem.TOO_MANY_CUES: _(
            "This file has more than %(most)s captions. Split it into smaller files.", most=MAX_CUES
        ),
        CaptionProblem.TOO_MANY_WORDS: _(
            "This file has more than %(most)s words without times. Choose a WebVTT or SRT file.", most=MAX_PLAIN_WORDS
        ),
        CaptionProblem.TOO_MANY_FOR_RECORDING: _(
            "This file has more words than fit into the recording. Choose the file that belongs to this recording."
        ),
        CaptionProblem.NO_CAPTION: _("There are no captions in this file. Choose a WebVTT or SRT file."),
        CaptionProblem.BAD_TIMES: _(
            "Line %(line)s should give the start and the end of a caption. No times in this file can be read.",
            line=error.line,
        ),
        CaptionProblem.NOT_TEXT: _("This file has no text, so it has no captions. Choose a WebVTT or SRT file."),
        CaptionProblem.DAMAGED: _(
            "Some letters in this file are lost. Another program put other signs in their place. Choose an "
            "earlier copy."
        ),
        CaptionProblem.NOT_THIS_ENCODING: _(
            "This file cannot be read with this text encoding. Choose another encoding."
        ),
        CaptionProblem.TOO_COSTLY: _(
            "This file takes too much time or memory to read, so it was not read. Split it into smaller files."
        ),
        CaptionProblem.NOT_NOW: _("This file could not be read just now. Wait a minute, and choose it again."),
    }[error.problem]


def words_for_repairs(file: ImportedFile) -> list[str]:
    """Return messages about repairs and omitted lines: one message for each kind of repair, with its line numbers."""
    said = [_words_for(each.repair, each.count, _named(each)) for each in file.repairs]
    said += [_("Line %(line)s was left out: “%(words)s”", line=line, words=words) for line, words in file.left_out]
    more = file.more_left_out
    if more > 0:
        said.append(ngettext("%(num)s more line was left out.", "%(num)s more lines were left out.", more))
    return said


def words_for_late(late: LateCaptions) -> str:
    """Return the message that says how many captions of a file begin after the end of the recording."""
    return ngettext(
        "%(num)s of %(total)s captions is later than the end (%(end)s): nobody would see it.",
        "%(num)s of %(total)s captions are later than the end (%(end)s): nobody would see them.",
        late.count,
        total=late.total,
        end=clock_time(late.duration_ms),
    )


def words_for_move(offset_ms: int) -> str:
    """Return the label of the button that moves all captions earlier."""
    return _("Move all captions %(time)s earlier", time=clock_words(offset_ms))


def encoding_names() -> Mapping[str, str]:
    """Return the name of each text encoding for pages. It starts with the language or script, which people know."""
    return {
        "utf-8": _("UTF-8, unchanged"),
        DOUBLE_UTF_8: _("UTF-8 that was encoded twice"),
        "cp1252": _("Western European (Windows-1252)"),
        "cp1250": _("Central European (Windows-1250)"),
        "cp1251": _("Cyrillic (Windows-1251)"),
        "koi8-r": _("Cyrillic (KOI8-R)"),
        "cp1253": _("Greek (Windows-1253)"),
        "cp1254": _("Turkish (Windows-1254)"),
        "cp1255": _("Hebrew (Windows-1255)"),
        "cp1256": _("Arabic (Windows-1256)"),
        "cp1257": _("Baltic (Windows-1257)"),
        "cp1258": _("Vietnamese (Windows-1258)"),
        "cp874": _("Thai (Windows-874)"),
        "cp932": _("Japanese (Shift JIS)"),
        "euc-jp": _("Japanese (EUC)"),
        "gb18030": _("Chinese (GB 18030)"),
        "big5": _("Chinese (Big5)"),
        "cp949": _("Korean (EUC)"),
        "mac-roman": _("Western European (old Macintosh)"),
    }


def clock_words(ms: int) -> str:
    """Format a time or an offset for reading, with milliseconds only if needed: 0:04, 1:00:00, 0:01.250."""
    return write_time(ms).removesuffix(".000")


def _words_for_kind(kind: str) -> str:
    found = {
        "picture": _("This file is a picture. Choose a WebVTT or SRT file."),
        "pdf": _("This file is a PDF document. Choose a WebVTT or SRT file."),
        "word": _("This file is a word-processor document. Choose a WebVTT or SRT file, or save its words as plain "
        "text."),
        "spreadsheet": _("This file is a spreadsheet. Choose a WebVTT or SRT file."),
        "slides": _("This file is a presentation. Choose a WebVTT or SRT file."),
        "archive": _("This file is an archive, such as a ZIP file. Unpack it, and choose the WebVTT or SRT file in it."),
        "recording": _("This file is a video or sound. Choose the WebVTT or SRT file that belongs to it."),
        "program": _("This file is a program or its data. Choose a WebVTT or SRT file."),
        "web page": _("This file is a web page. Choose a WebVTT or SRT file."),
    }  # fmt: skip
    other = _(
        "This file is in the format %(format)s. Save it as WebVTT or SRT in the program that made it.", format=kind
    )
    return found.get(kind, other)


def _named(summary: RepairSummary) -> str:
    """Format line numbers as a list with ranges: "3, 6–9, 12"."""
    named = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in summary.ranges)
    more = summary.more
    return named + (" " + ngettext("and %(num)s more", "and %(num)s more", more) if more else "")


def _words_for(repair: Repair, count: int, lines: str) -> str:
    return {
        Repair.SORTED: ngettext(
            "Line %(lines)s: this caption came after a later one. It is now in the right place.",
            "Lines %(lines)s: these captions came after later ones. They are now in the right places.",
            count,
            lines=lines,
        ),
        Repair.SHORTENED: ngettext(
            "Line %(lines)s: this caption starts before an earlier one ends. The earlier one now ends where it starts.",
            "Lines %(lines)s: these captions start before earlier ones end. The earlier ones now end where these start.",
            count,
            lines=lines,
        ),
        Repair.JOINED: ngettext(
            "Line %(lines)s: this caption starts at the same time as another. They are now one caption.",
            "Lines %(lines)s: these captions start at the same time as others. Each such group is now one caption.",
            count,
            lines=lines,
        ),
        Repair.GIVEN_TIME: ngettext(
            "Line %(lines)s: this caption ended before it started, or had no length. It now stays long enough "
            "to be read: check it.",
            "Lines %(lines)s: these captions ended before they started, or had no length. They now stay long "
            "enough to be read: check them.",
            count,
            lines=lines,
        ),
        Repair.CUT: ngettext(
            "Line %(lines)s: this caption began before the recording, or ended after 24 hours. It was shortened: check its times.",
            "Lines %(lines)s: these captions began before the recording, or ended after 24 hours. They were shortened: check their times.",
            count,
            lines=lines,
        ),
        Repair.ROLLING: ngettext(
            "Line %(lines)s: this caption repeated words of the one before it. The repeated lines were removed.",
            "Lines %(lines)s: these captions repeated words of the ones before them. The repeated lines were removed.",
            count,
            lines=lines,
        ),
        Repair.READ_TIMES: ngettext(
            "Line %(lines)s: the times are not written in the usual way. They could still be read: check them.",
            "Lines %(lines)s: the times are not written in the usual way. They could still be read: check them.",
            count,
            lines=lines,
        ),
        Repair.NO_NUMBER: ngettext(
            "Line %(lines)s: the number above the times was missing. Nothing else is missing.",
            "Lines %(lines)s: the numbers above the times were missing. Nothing else is missing.",
            count,
            lines=lines,
        ),
        Repair.NO_SIGNATURE: _("The file does not begin with WEBVTT, as a WebVTT file should. It could still be read."),
        Repair.BLANK_LINE: ngettext(
            "Line %(lines)s: these words come after a blank line. They were kept with the caption before.",
            "Lines %(lines)s: these words come after blank lines. They were kept with the captions before.",
            count,
            lines=lines,
        ),
        Repair.ARROW: ngettext(
            "Line %(lines)s: there is an arrow without times. The line was kept as text.",
            "Lines %(lines)s: there are arrows without times. The lines were kept as text.",
            count,
            lines=lines,
        ),
        Repair.BRACKET: ngettext(
            "Line %(lines)s: this caption has a “<” that does not begin a tag. It was kept as text.",
            "Lines %(lines)s: these captions have a “<” that does not begin a tag. It was kept as text.",
            count,
            lines=lines,
        ),
        Repair.HIDDEN_MARK: ngettext(
            "Line %(lines)s: a hidden mark in the middle of the file was left out.",
            "Lines %(lines)s: hidden marks in the middle of the file were left out.",
            count,
            lines=lines,
        ),
        Repair.LOST_LETTERS: ngettext(
            "Line %(lines)s: a letter was lost before you chose this file. Another character is in its place: type the letter.",
            "Lines %(lines)s: letters were lost before you chose this file. Other characters are in their places: type the letters.",
            count,
            lines=lines,
        ),
        Repair.LINE_ENDS: _("Every line ended with one line break too many. The extra line breaks were left out."),
        Repair.GUESSED_ENCODING: _("The file does not say which text encoding it uses. Check letters with accents."),
        Repair.SPREAD: _("The file has no times. Times were estimated from the length of the words: check every one."),
    }[repair]

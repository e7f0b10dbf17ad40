"""Messages about faults and advice in the caption editor."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from app.captions.clock import clock_time
from app.captions.editing import MAX_TEXT_LENGTH, Advice, CueFault, advice_on, looping_cues
from app.captions.shaping.cues import MAX_CUE_MS, MAX_LINE_LENGTH, MAX_LINES, MAX_READING_SPEED, MIN_CUE_MS, Cue


def words_for_fault(fault: CueFault, number: int) -> str:
    """Return the message that says what is wrong with caption `number` (from 1) and what to do."""
    return {
        CueFault.START_UNREADABLE: _(
            "Caption %(number)s: enter its start, such as 1:02.5 for one minute 2.5 seconds.", number=number
        ),
        CueFault.END_UNREADABLE: _(
            "Caption %(number)s: enter its end, such as 1:02.5 for one minute 2.5 seconds.", number=number
        ),
        CueFault.ENDS_FIRST: _("Caption %(number)s: its end must be later than its start.", number=number),
        CueFault.OVERLAPS: _("Caption %(number)s: it starts before an earlier caption has ended.", number=number),
        CueFault.EMPTY: _("Caption %(number)s: it has no words. Type them, or remove the caption.", number=number),
        CueFault.AFTER_END: _(
            "Caption %(number)s: it starts after the end of the recording, so nobody would see it. Change its times, or remove it.",
            number=number,
        ),
        CueFault.TOO_LONG: _(
            "Caption %(number)s: it has more than %(most)s characters. Split it.", number=number, most=MAX_TEXT_LENGTH
        ),
    }[fault]


def advice_templates(duration_ms: int) -> dict[str, str]:
    """Return the sentence for each kind of advice, with {n} in place of the measured number.

    The page's script uses it too.
    """
    end = clock_time(duration_ms)
    seconds = {"shortest": MIN_CUE_MS / 1000, "longest": MAX_CUE_MS // 1000}
    return {
        Advice.FAST: _("Fast to read: {n} characters a second. Use at most %(most)s.", most=round(MAX_READING_SPEED)),
        Advice.LONG_LINE: _("A long line: {n} characters. Use at most %(most)s.", most=MAX_LINE_LENGTH),
        Advice.MANY_LINES: _("{n} lines. Use at most %(most)s.", most=MAX_LINES),
        Advice.SHORT: _("Shown for {n} seconds. Show it for at least %(shortest)s.", shortest=seconds["shortest"]),
        Advice.LONG: _("Shown for {n} seconds. Show it for at most %(longest)s.", longest=seconds["longest"]),
        Advice.AFTER_END: _("Starts after the end of the recording (%(end)s): nobody sees it.", end=end),
        Advice.REPEATED: _(
            "The same words are repeated many times: the speech model may have made them up. Listen to the recording."
        ),
    }


def advice_texts(cues: list[Cue], *, duration_ms: int) -> list[list[str]]:
    """Return the advice on each caption: what makes it hard to read or unreliable."""
    templates, loops = advice_templates(duration_ms), looping_cues(cues)
    said = []
    for index, cue in enumerate(cues):
        found = [(advice, _number(advice, number)) for advice, number in advice_on(cue, duration_ms=duration_ms)]
        found += [(Advice.REPEATED, "")] if index in loops else []
        said.append([templates[advice].replace("{n}", number) for advice, number in found])
    return said


def words_for_replaced(count: int) -> str:
    """Return the message that says how many matches were replaced in the captions."""
    return ngettext("%(num)s match was replaced.", "%(num)s matches were replaced.", count)


def _number(advice: Advice, number: int) -> str:
    return f"{number / 1000:.1f}" if advice in (Advice.SHORT, Advice.LONG) else str(number)

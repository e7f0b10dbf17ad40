"""Starts the real Orca as Debian's `orca` does, and logs the words for its voice and its braille display.

Run it with the system's Python, which has Orca: `python3 orca_with_log.py FOLDER LOG [RATE]`. Unlike `orca`, it does
not stop another running Orca. Each line of the log is JSON: the time (seconds since the epoch), "speech" or "braille",
and the words. RATE turns the voice on (0 to 99; Orca's default is 50). Without it the voice is off, because Orca exits
if its voice finds no sound device; the log does not need it.
"""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Any

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Atspi", "2.0")
from orca import acss, debug, orca, settings  # noqa: E402

GIVEN = re.compile(r"(SPEECH OUTPUT|BRAILLE LINE): +'(.*?) ?'(?: voice=\w+)? ?(?:[\[{].*)?$", re.DOTALL)
folder, path, *rate = sys.argv[1:]
print_line = debug.println
log = open(path, "a", encoding="utf-8", buffering=1)  # noqa: SIM115 - it is kept until Orca ends


def println(level: int, text: str = "", *more: Any) -> None:
    """Log the words for voice and braille, then print the line as Orca does."""
    given = GIVEN.match(text)
    if given:
        kind = given.group(1).split()[0].lower()
        log.write(json.dumps({"at": time.time(), "kind": kind, "words": given.group(2)}) + "\n")
    print_line(level, text, *more)


debug.println = println
if rate:
    settings.voices[settings.DEFAULT_VOICE][acss.ACSS.RATE] = int(rate[0])
else:
    settings.speechServerFactory, settings.speechFactoryModules = None, []
orca.getSettingsManager().activate(folder, {})
sys.exit(orca.main())

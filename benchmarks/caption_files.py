"""How long do caption files that pass all limits keep the web process, and how much memory do they leave in it?

Each file is uploaded to the caption editor in its own process. The time is processor time of this process, from the
upload to the whole page, without the child process that reads the file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from app.accounts.models import Role
from app.captions.files.limits import MAX_CUES, MAX_FILE_BYTES, MAX_FILE_TAGS, MAX_PLAIN_WORDS
from benchmarks.setting import Figure, application, folder
from tests.answer_factories import make_captioned_answer, make_cue
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in

ROOT = Path(__file__).resolve().parent.parent
DURATION_MS = 6 * 3_600_000
ONE_CUE = "WEBVTT\n\n00:00.000 --> 00:09.000\nwords"
SAID = "We came to the harbour"
ROOM = MAX_FILE_BYTES - 100


def _cues(count: int, text: str, step_ms: int = 2400) -> str:
    blocks = (f"{_clock(n * step_ms)} --> {_clock(n * step_ms + 2300)}\n{n} {text}\n\n" for n in range(count))
    return "WEBVTT\n\n" + "".join(blocks)


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


FILES: Mapping[str, Callable[[], bytes]] = {
    "an honest file of 4 hours, 3,600 captions": lambda: _cues(3600, f"{SAID}, and it was late,\nso nobody was there.").encode(),
    f"as many captions as allowed, {MAX_CUES:,}": lambda: _cues(MAX_CUES, SAID).encode(),
    f"{MAX_CUES:,} captions that overlap": lambda: _cues(MAX_CUES, SAID, step_ms=1).encode(),
    "one line of 2 MiB": lambda: (ONE_CUE + " harbour" * (ROOM // 8)).encode(),
    "tags": lambda: (ONE_CUE + "<b>x</b>" * (MAX_FILE_TAGS // 2)).encode(),
    "tags that nothing knows": lambda: (ONE_CUE + "<xyz>" * (MAX_FILE_TAGS - 1)).encode(),
    "escapes that browsers complete": lambda: (ONE_CUE + "&notit" * (ROOM // 6)).encode(),
    "blank lines": lambda: (ONE_CUE + "\n\na" * 49_000).encode(),
    "lines with an arrow": lambda: (ONE_CUE + "\na --> b" * 99_000).encode(),
    "an encoding to guess, 2 MiB": lambda: ONE_CUE.encode() + "Мы вышли в море ".encode("koi8-r") * (ROOM // 16),
    f"a text without times, {MAX_PLAIN_WORDS:,} words": lambda: ("harbour " * MAX_PLAIN_WORDS).encode(),
    f"the same, {MAX_PLAIN_WORDS:,} words of one letter": lambda: ("a " * MAX_PLAIN_WORDS).encode(),
}  # fmt: skip
"""Ordinary and hostile files that pass all limits."""


def measure() -> list[Figure]:
    """Upload each file in its own process."""
    figures = []
    for name in FILES:
        command = [sys.executable, "-m", "benchmarks.caption_files", name]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout.splitlines()[-1])
        memory = f"{found['peak']:.0f} MB more at the peak, {found['left']:.0f} MB afterwards"
        said = f"{found['seconds']:.2f} s, status {found['status']}, {memory}"
        figures.append(Figure(f"caption file: {name} ({found['bytes'] / 1000:,.0f} kB)", said))
    return figures


def upload(name: str) -> dict[str, Any]:
    """Upload a small file and then this one. Return the processor seconds and the memory in MiB of the second upload."""
    with folder() as place, application(place) as app:
        reviewer = make_user(Role.REVIEWER)
        attempt = make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON)
        cues = [make_cue("We sailed out"), make_cue("and home", DURATION_MS)]
        answer = make_captioned_answer(*cues, attempt=attempt)
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        sign_in(client, reviewer)
        content, suffix = FILES[name](), "txt" if "text without" in name or "the same" in name else "vtt"
        before = 0.0
        for body in (_cues(3, "We came").encode(), content):
            before = _memory("VmRSS")
            Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
            began = time.process_time()
            form = {"base": "1", "file": (BytesIO(body), f"captions.{suffix}")}
            status = client.post(f"/review/captions/{answer.take_id}/file", data=form).status_code
            seconds = time.process_time() - began
        peak, left = _memory("VmHWM") - before, _memory("VmRSS") - before
    return {"seconds": seconds, "status": status, "peak": peak, "left": left, "bytes": len(content)}


def _memory(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


if __name__ == "__main__":
    print(json.dumps(upload(sys.argv[1])))

"""Generate the recorded answers for `make demo`: `python -m tools.demo_model.demo_answers`. Needs espeak-ng but not torch.

Writes demo/answers/*.webm, in the form in which a browser would send them, and demo/demo.json. Each answer is
transcribed with the demo model.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from tools.demo_model.clips import report
from tools.demo_model.listening import PROJECT, Listener
from tools.demo_model.problems import Problem
from tools.demo_model.recordings import Manner, Recording, record
from tools.demo_model.scene import Scene, moments
from tools.demo_model.scoring import score
from tools.demo_model.speaking import Voice
from tools.demo_model.webm import write_live_webm

DEMO = PROJECT / "demo"
SCRIPT = Path(__file__).with_name("interview.toml")
PICTURES_A_SECOND = 15
MAX_BYTES = 350_000
_PAUSES = (0.7, 1.0, 0.8, 1.3)


def main() -> int:
    """Write the recorded answers and demo.json. Print how accurately the demo model transcribes each answer."""
    try:
        voice = Voice()
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    script = tomllib.loads(SCRIPT.read_text())
    candidate = script["candidate"]
    manner = Manner(candidate["voice"], candidate["rate"])
    (DEMO / "answers").mkdir(parents=True, exist_ok=True)
    scene, listener = Scene(), Listener()
    questions = []
    for question in script["questions"]:
        recording = record(voice, question["answer"], manner, lead=1.0, pauses=_PAUSES, tail=1.2)
        path = DEMO / "answers" / question["file"]
        film(path, recording, scene)
        print(report(path.name, score(recording.words, listener.hear(str(path)))), f"- {path.stat().st_size} bytes")
        questions.append(_describe(question, recording))
    described = {
        "title": script["title"],
        "organisation": script["organisation"],
        "introduction": script["introduction"].strip(),
        "candidate": {"name": candidate["name"], "email": candidate["email"]},
        "questions": questions,
    }
    (DEMO / "demo.json").write_text(json.dumps(described, indent=1) + "\n")
    return 0


def film(path: Path, recording: Recording, scene: Scene) -> None:
    """Write a recording as a video with a drawn speaker. Raises ValueError if the file is too large to be committed."""
    pictures = (scene.draw(moment) for moment in moments(recording.sound, PICTURES_A_SECOND))
    write_live_webm(path, recording.sound, pictures, PICTURES_A_SECOND)
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} is larger than {MAX_BYTES} bytes: shorten the answer.")


def _describe(question: dict[str, Any], recording: Recording) -> dict[str, Any]:
    """Return the entry of a question and its answer in demo.json. Limits and times are in seconds."""
    limits = ("prompt", "thinking_seconds", "recording_seconds", "retakes")
    return {name: question[name] for name in limits} | {
        "answer": {
            "file": f"answers/{question['file']}",
            "text": recording.text,
            "duration_s": round(recording.duration, 3),
            "words": [list(word) for word in recording.words],
        }
    }


if __name__ == "__main__":
    raise SystemExit(main())

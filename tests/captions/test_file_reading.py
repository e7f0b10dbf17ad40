"""Caption files are read in a confined child process, with limits on time and memory, at every place that accepts one."""

from __future__ import annotations

import io
import logging
import threading
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from bs4 import BeautifulSoup

from app.captions import file_reading
from app.captions.file_reading import ReadingBudget, read_caption_file
from app.captions.files import encodings, reading
from app.captions.files.imported import MAX_CHARACTERS_SHOWN, MAX_LINES_NAMED, summarise
from app.captions.files.limits import MAX_CUES, MAX_FILE_BYTES
from app.captions.files.problems import CaptionFileError, CaptionProblem, Repair
from app.captions.files.reading import read_file
from tests.captions.conftest import Editor
from tests.captions.question_media_forms import CAPTIONS, fields_of, kept, send, with_captions
from tests.page_check import CheckingClient
from tests.waiting import wait_until

CUE = b"WEBVTT\n\n00:01.000 --> 00:02.000\nWe sailed out\n"
CYRILLIC = "1\n00:00:01,000 --> 00:00:02,000\nМы вышли в море\n".encode("cp1251")
SECRET = "the-words-of-the-file"
FILES = {
    "WebVTT": (CUE, "a.vtt"),
    "SRT": (b"1\n00:00:01,000 --> 00:00:02,000\nWe <i>sailed</i> out\n", "a.srt"),
    "text": (b"We sailed out and came home.", "words.txt"),
    "an encoding to guess": (CYRILLIC, "a.srt"),
    "Shift JIS": ("WEBVTT\n\n00:01.000 --> 00:02.000\nさようなら\n".encode("cp932"), "a.vtt"),
    "UTF-16": (CUE.decode().encode("utf-16"), "a.vtt"),
    "repairs and omissions": (b"WEBVTT\nx\n\n00:05.000 --> 00:04.000\nb <xyz>\n\n00:01.000 --> soon\na\n" + CUE[8:], "a.vtt"),
    "letters outside the basic plane": ("WEBVTT\n\n00:01.000 --> 00:02.000\n😀 \u2028\ufffe\n".encode(), "a\n😀.vtt"),
    "many unknown tags": (CUE + b"<xyz>" * 20_000, "a.vtt"),
    "many lines with an arrow": (CUE + b"\na --> b" * 10_000, "a.vtt"),
    "as many captions as allowed": (
        b"WEBVTT" + b"".join(b"\n\n%02d:%02d.000 --> 59:59.000\n%d" % (n // 60 % 60, n % 60, n) for n in range(MAX_CUES)),
        "a.vtt",
    ),
}  # fmt: skip
UNUSABLE = {
    "empty": b"",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "bad times": b"1\n00:00:01 -> \nx\n\n00:0x --> 1\ny",
    "too large": b"x" * (MAX_FILE_BYTES + 1),
    "a large document": b"%PDF-1.7\n" + b"x" * MAX_FILE_BYTES,
    "too many captions": b"WEBVTT" + b"\n\n00:01.000 --> 00:02.000\nx" * (MAX_CUES + 1),
}  # fmt: skip


def problem_of(content: bytes, budget: ReadingBudget | None = None) -> CaptionProblem:
    with pytest.raises(CaptionFileError) as refused:
        read_caption_file(content, name="a.vtt", duration_ms=10_000, budget=budget)
    return refused.value.problem


def use_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> None:
    """Replace the child with another program."""
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(file_reading, "CHILD", child)


def words(answer: Any) -> str:
    return " ".join(BeautifulSoup(answer.get_data(as_text=True), "html.parser").get_text().split())


def import_file(editor: Editor, content: bytes = CUE) -> Any:
    form = {"base": editor.fields()["base"], "file": (io.BytesIO(content), "captions.vtt")}
    return editor.client.submit(editor.address("/file"), form, content_type="multipart/form-data")


@pytest.fixture
def refuse_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make any attempt to read a caption file in this process fail."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a caption file was read in the web process")

    for name in ("read_file", "read_timed_text", "read_text"):
        monkeypatch.setattr(reading, name, refuse)
    monkeypatch.setattr(encodings, "decode", refuse)


@pytest.mark.parametrize(("content", "name"), FILES.values(), ids=FILES)
def test_child_reads_a_file_as_this_process_would(content: bytes, name: str) -> None:
    here = summarise(read_file(content, name=name, duration_ms=10_000, language="ru"), content)
    there = read_caption_file(content, name=name, duration_ms=10_000, language="ru")
    assert there == replace(here, cues=[replace(cue, words=()) for cue in here.cues])


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE)
def test_child_refuses_a_file_for_the_same_reason(content: bytes) -> None:
    with pytest.raises(CaptionFileError) as there:
        read_caption_file(content, name="a.vtt", duration_ms=10_000)
    with pytest.raises(CaptionFileError) as here:
        read_file(content, name="a.vtt", duration_ms=10_000)
    assert (there.value.problem, there.value.line, there.value.kind) == (
        here.value.problem, here.value.line, here.value.kind,
    )  # fmt: skip


def test_text_that_is_too_large_to_edit_is_refused() -> None:
    assert problem_of(CUE + b"x" * 2000, ReadingBudget(answer_bytes=2000)) is CaptionProblem.TOO_LARGE


def test_repairs_of_a_hostile_file_are_counted_and_not_listed() -> None:
    file = read_caption_file(CUE + b"<xyz>" * 20_000, name="a.vtt", duration_ms=10_000)
    assert len(file.left_out) + file.more_left_out == 20_000
    assert len(file.left_out) == MAX_LINES_NAMED
    long = read_caption_file(CUE + b"\n\nsoon --> 00:09.000\n" + b"y" * 1_000_000, name="a.vtt", duration_ms=10_000)
    assert max(len(text) for _, text in long.left_out) == MAX_CHARACTERS_SHOWN + 1
    blank = read_caption_file(CUE + b"\n\na" * 4_000, name="a.vtt", duration_ms=10_000)
    (summary,) = blank.repairs
    assert (summary.repair, summary.count, len(summary.ranges)) == (Repair.BLANK_LINE, 4_000, MAX_LINES_NAMED)
    assert summary.more == 4_000 - MAX_LINES_NAMED


@pytest.mark.usefixtures("refuse_here")
class TestEveryPlace:
    """Each page that accepts a caption file leaves the reading to the child."""

    def test_import_into_the_editor(self, editor: Editor) -> None:
        assert "1 caption was read" in words(import_file(editor))

    def test_encoding_chosen_by_a_person(self, editor: Editor) -> None:
        asked = BeautifulSoup(import_file(editor, CYRILLIC).text, "html.parser").select_one(
            "form[action$='/file/read']"
        )
        assert asked
        sent = {
            str(each["name"]): str(each.get("value", "")) for each in asked.select("input[name]:not([name=csrf_token])")
        }
        answer = editor.client.submit(editor.address("/file/read"), {**sent, "encoding": "cp1251"})
        assert "Мы вышли в море" in words(answer)

    def test_captions_of_a_question(self, coordinator: CheckingClient, address: str) -> None:
        shown = send(coordinator, address)
        assert "Tell us about" in words(shown)
        other = with_captions(fields_of(shown), CAPTIONS.replace(b"about", b"of"))
        assert coordinator.submit(f"{address}/captions", other).status_code == 303


class TestLimits:
    """A child that exceeds a limit, fails, or misbehaves."""

    @pytest.mark.parametrize(
        ("program", "budget", "problem"),
        [
            ("while True: pass", ReadingBudget(cpu_seconds=1), CaptionProblem.TOO_COSTLY),
            ("import time; time.sleep(3600)", ReadingBudget(wall_seconds=0.5), CaptionProblem.TOO_COSTLY),
            ("bytes(2**30)", ReadingBudget(), CaptionProblem.TOO_COSTLY),
            ("raise RuntimeError", ReadingBudget(), CaptionProblem.NOT_NOW),
            ("sys.exit(3)", ReadingBudget(), CaptionProblem.NOT_NOW),
            ("os.kill(os.getpid(), 11)", ReadingBudget(), CaptionProblem.NOT_NOW),
            ("pass", ReadingBudget(), CaptionProblem.NOT_NOW),
            ("print('[1')", ReadingBudget(), CaptionProblem.NOT_NOW),
            ("print('[' * 100000)", ReadingBudget(), CaptionProblem.NOT_NOW),
            ("print('[]')", ReadingBudget(), CaptionProblem.NOT_NOW),
            ("print('{}')", ReadingBudget(), CaptionProblem.NOT_NOW),
            ("print('{\"problem\": \"x\", \"line\": 0, \"kind\": \"\"}')", ReadingBudget(), CaptionProblem.NOT_NOW),
            ("sys.stdout.buffer.write(b'\\xff')", ReadingBudget(), CaptionProblem.NOT_NOW),
        ],
    )  # fmt: skip
    def test_the_file_is_refused_and_the_next_one_is_read(
        self,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        program: str,
        budget: ReadingBudget,
        problem: CaptionProblem,
    ) -> None:
        with monkeypatch.context() as patched:
            use_child(patched, tmp_path, "import json, os, resource, sys\nlimits = json.loads(sys.stdin.buffer.readline())\n"
                      "sys.stdin.buffer.read()\n"
                      "resource.setrlimit(resource.RLIMIT_AS, (limits['memory_bytes'],) * 2)\n"
                      "resource.setrlimit(resource.RLIMIT_CPU, (limits['cpu_seconds'], 20))\n" + program)  # fmt: skip
            for _ in range(file_reading.MAX_AT_ONCE if budget == ReadingBudget() else 1):
                assert problem_of(CUE, budget) is problem
        assert read_caption_file(CUE, name="a.vtt", duration_ms=10_000).cues[0].text == "We sailed out"

    @pytest.mark.parametrize("program", ["does-not-exist.py", ""])
    def test_a_child_that_cannot_start_refuses_the_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str
    ) -> None:
        if program:
            monkeypatch.setattr(file_reading, "CHILD", tmp_path / program)
        else:
            monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
        assert problem_of(CUE) is CaptionProblem.NOT_NOW

    def test_real_child_keeps_to_its_limits(self) -> None:
        guess = CUE + "Мы вышли в море ".encode("koi8-r") * 30_000
        assert problem_of(guess, ReadingBudget(memory_bytes=2**20)) is CaptionProblem.TOO_COSTLY
        assert problem_of(guess, ReadingBudget(cpu_seconds=0)) is CaptionProblem.TOO_COSTLY

    def test_the_log_does_not_quote_the_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        use_child(monkeypatch, tmp_path, f"raise ValueError('{SECRET}')")
        with caplog.at_level(logging.DEBUG):
            assert problem_of(CUE) is CaptionProblem.NOT_NOW
        assert "error=ValueError" in caplog.text
        assert SECRET not in caplog.text


class TestPages:
    """The messages on pages if a file reaches a limit."""

    def test_the_editor_says_it_and_keeps_the_captions(
        self, editor: Editor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        use_child(monkeypatch, tmp_path, "import os; os.kill(os.getpid(), 24)")
        answer = import_file(editor)
        assert answer.status_code == 422
        assert "takes too much time or memory to read" in words(answer)
        assert editor.texts() == ["We sailed out", "and saw the see", "then we came home"]

    def test_the_page_of_a_question_says_it_and_stores_nothing(
        self, coordinator: CheckingClient, address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        use_child(monkeypatch, tmp_path, "import os; os.kill(os.getpid(), 24)")
        answer = send(coordinator, address)
        assert answer.status_code == 422
        assert "takes too much time or memory to read" in words(answer)
        assert kept() == []

    def test_saving_captions_of_a_question_can_be_repeated(
        self, coordinator: CheckingClient, address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        fields = {**fields_of(send(coordinator, address)), "do": "save"}
        with monkeypatch.context() as patched:
            use_child(patched, tmp_path, "raise RuntimeError")
            answer = coordinator.submit(f"{address}/captions", fields)
            assert answer.status_code == 503
            assert "could not be read just now" in words(answer)
        assert coordinator.submit(f"{address}/captions", fields).status_code == 303
        assert len(kept()) == 1

    def test_only_a_few_files_are_read_at_once(
        self, editor: Editor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        begun, may_end = tmp_path / "begun", tmp_path / "may_end"
        begun.mkdir()
        with monkeypatch.context() as patched:
            program = f"""
                import os, time
                open({str(begun)!r} + f"/{{os.getpid()}}", "w").close()
                while not os.path.exists({str(may_end)!r}):
                    time.sleep(0.05)
            """
            use_child(patched, tmp_path, dedent(program))
            readers = [threading.Thread(target=problem_of, args=(CUE,)) for _ in range(file_reading.MAX_AT_ONCE)]
            for reader in readers:
                reader.start()
            wait_until(lambda: len(list(begun.iterdir())) == len(readers), "all children read")
            patched.setattr(file_reading, "QUEUE_SECONDS", 0.01)
            answer = import_file(editor)
            assert answer.status_code == 422
            assert "could not be read just now" in words(answer)
            may_end.touch()
            for reader in readers:
                reader.join()
        assert import_file(editor).status_code == 200

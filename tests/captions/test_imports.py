"""Importing a caption file into the editor: choosing between text encodings, and captions after the end."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from app.captions import file_routes
from app.captions.editing import MAX_EDITED_CUES, MAX_FORM_BYTES, drafts_of, form_bytes
from app.captions.files.limits import MAX_CUES
from app.captions.files.offsets import late_cues, moved_earlier
from app.captions.shaping.cues import Cue
from tests.captions.conftest import Editor

CASES = Path(__file__).parent / "cases"
CYRILLIC = "1\n00:00:01,000 --> 00:00:02,000\nМы вышли в море\n".encode("cp1251")


def send_file(editor: Editor, content: bytes, name: str = "captions.srt") -> Any:
    form = {"base": editor.fields()["base"], "file": (io.BytesIO(content), name)}
    return editor.client.submit(editor.address("/file"), form, content_type="multipart/form-data")


def page_of(answer: Any, status: int = 200) -> BeautifulSoup:
    assert answer.status_code == status
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(page: BeautifulSoup) -> str:
    return " ".join(page.get_text().split())


def carried(page: BeautifulSoup) -> dict[str, Any]:
    form = page.select_one("form[action$='/file/read']")
    assert form
    return {
        str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]:not([name=csrf_token])")
    }


class TestLetters:
    """Files that do not say which text encoding they use."""

    def test_a_person_is_asked_and_sees_how_each_choice_reads(self, editor: Editor) -> None:
        page = page_of(send_file(editor, CYRILLIC))
        assert "Which text is right?" in words(page)
        options = {str(option["value"]): option.get_text() for option in page.select("select[name=encoding] option")}
        assert options["cp1251"] == "Cyrillic (Windows-1251): Мы вышли в море"
        assert options["cp1252"].endswith("Ìû âûøëè â ìîðå")
        assert editor.track().version == 1

    def test_the_file_is_read_into_the_editor_as_it_was_chosen(self, editor: Editor) -> None:
        sent = {**carried(page_of(send_file(editor, CYRILLIC))), "encoding": "cp1251"}
        page = page_of(editor.client.submit(editor.address("/file/read"), sent))
        assert editor.fields(page)["text"] == ["Мы вышли в море"]
        assert editor.send(fields=editor.fields(page)).status_code == 303
        assert editor.texts() == ["Мы вышли в море"]

    def test_utf_8_that_was_saved_twice_is_asked_about(self, editor: Editor) -> None:
        twice = "1\n00:00:01,000 --> 00:00:02,000\nOù est le café ? “Là”\n".encode().decode("latin-1").encode()
        page = page_of(send_file(editor, twice))
        sent = {**carried(page), "encoding": "utf-8-twice"}
        read = page_of(editor.client.submit(editor.address("/file/read"), sent))
        assert editor.fields(read)["text"] == ["Où est le café ? “Là”"]

    @pytest.mark.parametrize("encoding", ["utf-16-be", "bogus", "base64", ""])
    def test_an_encoding_that_was_not_offered_reads_nothing(self, editor: Editor, encoding: str) -> None:
        sent = {**carried(page_of(send_file(editor, CYRILLIC))), "encoding": encoding}
        answer = editor.client.submit(editor.address("/file/read"), sent)
        assert answer.status_code == (422 if encoding else 200)

    @pytest.mark.parametrize("content", ["", "***", "é", "A" * 1_000_000])
    def test_altered_file_content_in_the_form_is_refused(self, editor: Editor, content: str) -> None:
        sent = {**carried(page_of(send_file(editor, CYRILLIC))), "content": content, "encoding": "cp1251"}
        assert editor.client.submit(editor.address("/file/read"), sent).status_code == 422

    def test_a_file_too_large_to_travel_with_a_page_is_to_be_saved_as_utf_8(
        self, editor: Editor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(file_routes, "MAX_CARRIED_BYTES", 10)
        assert "Save it as UTF-8" in words(page_of(send_file(editor, CYRILLIC), 422))


class TestAfterTheEnd:
    """Files with captions after 0:09, the end of the recording in the editor."""

    def test_it_is_said_and_all_can_be_moved_together(self, editor: Editor) -> None:
        page = page_of(send_file(editor, (CASES / "tc-offset.srt").read_bytes()))
        assert "2 of 2 captions are later than the end (0:09)" in words(page)
        button = page.select_one("button[value^=move-]")
        assert button
        assert (button.get_text(), button["form"]) == ("Move all captions 1:00:00 earlier", "caption-editor")
        moved = page_of(editor.send(str(button["value"]), fields=editor.fields(page)))
        assert editor.fields(moved)["start"] == ["0:01.000", "0:03.000"]
        assert "later than the end" not in words(moved)
        assert editor.send(fields=editor.fields(moved)).status_code == 303

    def test_captions_after_the_end_of_the_recording_cannot_be_saved(self, editor: Editor) -> None:
        page = page_of(send_file(editor, (CASES / "late.srt").read_bytes()))
        assert "1 of 2 captions is later than the end (0:09)" in words(page)
        assert page.select_one("button[value^=move-]") is None
        refused = page_of(editor.send(fields=editor.fields(page)), 422)
        summary = refused.select_one(".error-summary a")
        assert summary
        assert (summary["href"], summary.get_text()[:11]) == ("#start-2", "Caption 2: ")
        assert editor.fields(refused)["text"] == editor.fields(page)["text"]
        kept = page_of(editor.send("remove-2", fields=editor.fields(refused)))
        assert editor.send(fields=editor.fields(kept)).status_code == 303

    @pytest.mark.parametrize("do", ["move-", "move-x", "move--1", "move-9999999999", "move-1e3"])
    def test_a_move_by_no_number_is_refused(self, editor: Editor, do: str) -> None:
        assert editor.send(do).status_code == 422


def cues_at(*seconds: float) -> list[Cue]:
    return [Cue(round(1000 * at), round(1000 * at) + 500, "x") for at in seconds]


@pytest.mark.parametrize(
    ("starts", "duration", "expected"),
    [
        ((1, 3), 4000, None),
        ((1, 4.4), 4000, None),
        ((1, 1800), 4000, (1, 2, None)),
        ((3601, 3603), 4000, (2, 2, 3_600_000)),
        ((36001, 36003), 4000, (2, 2, 36_000_000)),
        ((125, 127), 4000, (2, 2, 125_000)),
        ((121, 123), 4000, (2, 2, 120_000)),
        ((59, 62), 4000, (2, 2, 59_000)),
        ((2, 5), 4000, (1, 2, 2000)),
        ((0, 5), 4000, (1, 2, None)),
        ((5,), 0, None),
        ((), 4000, None),
    ],
)
def test_late_captions_are_counted_and_the_shift_that_fits_all_is_found(
    starts: tuple[float, ...], duration: int, expected: tuple[int, int, int | None] | None
) -> None:
    late = late_cues(cues_at(*starts), duration)
    assert (late and (late.count, late.total, late.offset_ms)) == expected
    if late and late.offset_ms:
        assert late_cues(moved_earlier(cues_at(*starts), late.offset_ms), duration) is None


TIMED = b"WEBVTT\n\n00:01.000 --> 00:02.000\n"
LARGE = {
    "plain text of 7.5 MB": (b"We sailed out at dawn, and it was good. " * 190_000, "a.txt"),
    "words without times": (b"we sailed " * 100_000, "a.txt"),
    "one word": (b"x" * 2_000_000, "a.txt"),
    "one timed word": (TIMED + b"x" * 1_900_000, "a.vtt"),
    "captions at one moment": (b"WEBVTT" + b"\n\n00:01.000 --> 00:02.000\nx" * 50_000, "a.vtt"),
    "captions without times": (b"WEBVTT\n\n" + b"00:01.000 --> soon\nx\n\n" * 90_000, "a.vtt"),
    "brackets": (TIMED + b"<a<" * 600_000, "a.vtt"),
    "arrows": (TIMED + b"-->" * 600_000, "a.vtt"),
    "digits": (b"1\n" + b"1" * 1_900_000 + b" --> 2\nx", "a.srt"),
    "spaces": (b"1\n" + b" " * 1_900_000 + b"-->\nx", "a.srt"),
    "unclosed markup": (b"1\n00:00:01,000 --> 00:00:02,000\n" + b"{\\<font " * 200_000, "a.srt"),
    "references": (TIMED + b"&amp" * 450_000, "a.vtt"),
    "header": (b"WEBVTT" + b"\nx" * 900_000, "a.vtt"),
    "line ends": (TIMED + b"a" + b"\n" * 2_000_000, "a.vtt"),
    "lines after blank ones": (TIMED + b"a" + b"\nx\n" * 600_000, "a.vtt"),
    "old line ends": (TIMED + b"a" + b"\r" * 2_000_000, "a.vtt"),
    "unknown tags": (TIMED + b"<x>" * 600_000, "a.vtt"),
    "letters in no encoding": (b"1\n00:00:01,000 --> 00:00:02,000\n" + bytes(range(0xA0, 0x100)) * 20_000, "a.srt"),
}


@pytest.mark.parametrize(("content", "name"), LARGE.values(), ids=LARGE)
def test_a_file_larger_than_captions_are_is_refused_in_words(editor: Editor, content: bytes, name: str) -> None:
    """Each file would take too long in a parser that backtracks or copies the remaining text."""
    answer = send_file(editor, content, name)
    answer.request.input_stream.close()
    page = page_of(answer, 422)
    assert page.select_one(".error-summary a[href='#file']")


def test_editor_takes_as_many_captions_as_a_file_may_have_and_four_hours_of_speech_fit() -> None:
    """A page with 6,000 captions has 12 MB, and their fields must fit into the form that the page sends."""
    assert MAX_CUES == MAX_EDITED_CUES
    assert MAX_CUES * 2400 >= 4 * 3_600_000, "a caption of ordinary speech lasts 2.4 s or longer"
    cue = Cue(3_599_000, 3_600_000, "x")
    assert form_bytes(drafts_of([cue] * MAX_CUES)) <= MAX_FORM_BYTES

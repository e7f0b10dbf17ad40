"""Pages of caption versions, import and export of caption files, and notes that say whether a person checked the
captions.
"""

from __future__ import annotations

import io
from typing import Any

import pytest
import webvtt
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.body_limits import SMALL_BODY
from app.captions import editing
from app.captions.models import TrackKind
from app.extensions import db
from app.interviews.models import BlindMode, Interview
from app.recording.models import Answer, Take
from app.transaction import transaction
from tests.captions.conftest import Editor
from tests.factories import enter, make_attempt

NOT_CHECKED = "Automatic captions, not checked by a person."


def words(page: BeautifulSoup) -> str:
    return " ".join(page.get_text().split())


def send_file(editor: Editor, content: bytes, name: str) -> Any:
    base = str(editor.track().version)
    return editor.client.submit(
        editor.address("/file"), {"base": base, "file": (io.BytesIO(content), name)}, content_type="multipart/form-data"
    )


def test_every_version_is_listed_with_its_author_and_the_newest_first(editor: Editor) -> None:
    editor.send(text=["We sailed out", "and saw the sea", "then we came home"])
    page = editor.client.page(editor.address("/versions"))
    versions = [words(item) for item in page.select(".version")]  # type: ignore[arg-type]
    assert versions[0].startswith("Version 2 Current corrected by Rosa Reader,")
    assert versions[1].startswith("Version 1 automatic ")


def test_two_versions_are_compared_word_by_word_in_words(editor: Editor) -> None:
    editor.send(text=["We sailed out", "and saw the sea", "then we came home"])
    page = editor.client.page(editor.address("/versions/2"))
    assert "1 word added, 1 word removed" in words(page)
    changes = page.select_one(".changes")
    assert changes
    assert " ".join(changes.get_text().split()) == (
        "We sailed out and saw the removed: see added: sea then we came home"
    )
    assert [element.name for element in changes.select("ins, del")] == ["del", "ins"]
    assert "1 word added, 1 word removed" in words(editor.client.page(editor.address("/versions/1?with=2")))


def test_an_earlier_version_is_restored_and_found_again(editor: Editor) -> None:
    editor.send(text=["We sailed out", "and saw the lighthouse", "then we came home"])
    answer = editor.client.submit(editor.address("/versions/1/restore"), {"base": "2"})
    assert answer.status_code == 303
    assert (editor.track().version, editor.track().kind) == (3, TrackKind.AUTOMATIC)
    assert editor.texts()[1] == "and saw the see"
    found = editor.client.page(f"/review/interviews/{editor.interview_id}/search?q=lighthouse")
    assert "saw the lighthouse" not in words(found)


def test_restoring_over_somebodys_newer_version_is_refused(editor: Editor) -> None:
    editor.send(text=["We sailed out", "and saw the sea", "then we came home"])
    assert editor.client.submit(editor.address("/versions/1/restore"), {"base": "1"}).status_code == 409
    assert editor.track().version == 2


def test_captions_are_said_to_be_unchecked_until_a_person_marks_them_and_again_after_an_edit(editor: Editor) -> None:
    def everywhere() -> list[bool]:
        answer = editor.client.page(f"/review/answers/{_answer_id(editor)}")
        player = answer.select_one("track, [data-label]")
        assert player
        label = str(player.get("label") or player.get("data-label"))
        files = [editor.client.get(f"/captions/{editor.take_id}.{suffix}").get_data(as_text=True) for suffix in FILES]
        return ["not checked" in text for text in (label, words(answer), *files)]

    assert everywhere() == [True] * 5
    editor.client.submit(editor.address("/check"), {"base": "1"})
    assert everywhere() == [False] * 5
    assert "Rosa Reader compared version 1 with the recording" in words(editor.client.page(editor.address("/versions")))
    editor.send(text=["We sailed out", "and saw the sea", "then we came home"])
    assert everywhere() == [True] * 5


FILES = ("vtt", "srt", "txt")


def _answer_id(editor: Editor) -> str:
    return db.session.scalars(select(Answer.id).where(Answer.take_id == editor.take_id)).one()


@pytest.mark.parametrize(
    ("suffix", "kind"), [("vtt", "text/vtt"), ("srt", "application/x-subrip"), ("txt", "text/plain")]
)
def test_name_and_text_of_a_download_say_that_the_captions_are_not_checked(
    editor: Editor, suffix: str, kind: str
) -> None:
    answer = editor.client.get(f"/captions/{editor.take_id}.{suffix}?download=1")
    assert answer.mimetype == kind
    name = answer.headers["Content-Disposition"].removeprefix("attachment; filename=")
    assert name.startswith("candidate-")
    assert name.endswith(f"-question-1-captions-automatic-not-checked.{suffix}")
    assert NOT_CHECKED in answer.get_data(as_text=True)


def test_a_candidate_downloads_only_their_own_captions(editor: Editor) -> None:
    enter(editor.client, db.session.get_one(Take, editor.take_id).attempt)
    assert editor.client.get(f"/captions/{editor.take_id}.srt").status_code == 200
    enter(editor.client, make_attempt())
    assert editor.client.get(f"/captions/{editor.take_id}.srt").status_code == 404


@pytest.mark.parametrize("suffix", ["vtt", "srt"])
def test_a_file_that_was_downloaded_comes_back_as_the_same_captions(editor: Editor, suffix: str) -> None:
    nasty = ["<script>alert(1)</script>", "1 < 2 & --> 3", "then we\ncame home"]
    editor.send(text=nasty)
    content = editor.client.get(f"/captions/{editor.take_id}.{suffix}").data
    assert len(webvtt.from_buffer(io.StringIO(content.decode()), format=suffix).captions) == 3
    answer = send_file(editor, content, f"captions.{suffix}")
    assert answer.status_code == 200
    fields = editor.fields(BeautifulSoup(answer.get_data(as_text=True), "html.parser"))
    assert fields["source"] == "file"
    if suffix == "vtt":
        assert fields["text"] == nasty
    assert fields["start"] == ["0:00.000", "0:03.000", "0:06.000"]


def test_a_file_is_looked_over_first_and_saved_as_uploaded(editor: Editor) -> None:
    answer = send_file(editor, b"WEBVTT\n\n00:01.000 --> 00:03.000\nHello <script>there</script>\n", "mine.vtt")
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert "Read from the file, but not saved yet" in words(page)
    assert editor.track().version == 1
    assert editor.send(fields=editor.fields(page)).status_code == 303
    assert (editor.track().kind, editor.texts()) == (TrackKind.UPLOADED, ["Hello there"])
    assert "Captions from a file, not checked by a person here." in editor.client.get(
        f"/captions/{editor.take_id}.vtt"
    ).get_data(as_text=True)


def test_repairs_in_a_file_are_listed_with_their_lines(editor: Editor) -> None:
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\ntwo\n\n00:01.000 --> 00:02.000\none\n"
    page = BeautifulSoup(send_file(editor, text.encode(), "a.vtt").get_data(as_text=True), "html.parser")
    assert "Line 6: this caption came after a later one." in words(page)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"WEBVTT\n\nsoon --> later\nHello\n", "a.vtt", "Line 3 should give the start and the end of a caption."),
        (b"Hello", "a.vtt", "There are no captions in this file."),
        (b"%PDF-1.4\n", "a.vtt", "This file is a PDF document."),
        (b"WEBVTT\n", "a.vtt", "There are no captions in this file."),
        (b"", "", "Choose a file."),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(editor: Editor, content: bytes, name: str, said: str) -> None:
    answer = send_file(editor, content, name)
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert answer.status_code == 422
    assert said in words(page)
    assert page.title
    assert page.title.get_text().startswith("Error: ")
    assert editor.track().version == 1


@pytest.mark.parametrize(("limit", "most"), [("MAX_FORM_BYTES", 100), ("MAX_EDITED_CUES", 2)])
def test_a_file_with_more_than_the_form_can_send_back_is_refused_when_it_is_read(
    editor: Editor, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    assert editing.MAX_FORM_BYTES < SMALL_BODY
    monkeypatch.setattr(editing, limit, most)
    cues = "".join(f"\n00:{minute:02}:00.000 --> 00:{minute:02}:02.000\nWe sailed\n" for minute in range(3))
    answer = send_file(editor, f"WEBVTT\n{cues}".encode(), "long.vtt")
    assert answer.status_code == 422
    assert "This file is too large for captions." in words(BeautifulSoup(answer.get_data(as_text=True), "html.parser"))


def test_a_reviewer_who_may_not_hear_the_recording_cannot_mark_captions_as_checked(editor: Editor) -> None:
    with transaction() as session:
        session.get_one(Interview, editor.interview_id).blind = str(BlindMode.TEXT)
    assert editor.client.page(editor.address("/versions")).select_one("form[action$='/check']") is None
    assert editor.client.submit(editor.address("/check"), {"base": "1"}).status_code == 403
    assert editor.track().checked_at is None


def test_the_language_of_captions_is_on_their_track_and_in_their_file(editor: Editor) -> None:
    editor.send(language="cy")
    page = editor.client.page(f"/review/answers/{_answer_id(editor)}")
    assert page.select_one("track[srclang=cy]") or page.select_one("[data-language=cy]")
    assert "Language: cy" in editor.client.get(f"/captions/{editor.take_id}.vtt").get_data(as_text=True)


def test_the_transcript_names_its_corrector_and_links_to_the_changes(editor: Editor) -> None:
    answer = db.session.scalars(select(Answer).where(Answer.take_id == editor.take_id)).one()
    address = f"/review/answers/{answer.id}"
    assert editor.client.page(address).select(f"a[href='{editor.address('/versions/1')}']") == []
    editor.send(text=["We sailed out", "and saw the sea", "then we came home"])
    page = editor.client.page(address)
    assert "Version 2: corrected by Rosa Reader." in words(page)
    assert page.select(f"a[href='{editor.address('/versions/2')}']")

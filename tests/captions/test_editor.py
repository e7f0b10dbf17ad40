"""The caption editor in a browser without JavaScript: changes of the form, saving, and edit conflicts."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accounts.models import Role
from app.captions import editing
from app.captions.models import TrackKind
from app.interviews.models import BlindMode, Interview
from app.transaction import transaction
from tests.captions.conftest import Editor
from tests.captions.editor_pages import page_of
from tests.factories import make_user, sign_in


def test_the_form_shows_times_words_and_that_nobody_has_checked_them(editor: Editor) -> None:
    page = editor.client.page(editor.address())
    assert "Automatic captions, not checked by a person." in page.get_text()
    assert editor.fields(page)["start"] == ["0:00.000", "0:03.000", "0:06.000"]
    assert editor.fields(page)["text"] == ["We sailed out", "and saw the see", "then we came home"]


def test_saving_makes_a_version_of_the_reviewers(editor: Editor) -> None:
    answer = editor.send(text=["We sailed out", "and saw the sea", "then we came home"])
    assert (answer.status_code, answer.location) == (303, editor.address("/versions"))
    track = editor.track()
    assert editor.texts()[1] == "and saw the sea"
    assert (track.version, track.kind, track.author_id) == (2, TrackKind.REVIEWER, editor.reviewer.id)
    assert [word[0] for word in track.cues[1].words] == ["and", "saw", "the"]


def test_corrected_words_are_found_at_once_and_the_wrong_ones_no_more(editor: Editor) -> None:
    def found(word: str) -> str:
        return editor.client.page(f"/review/interviews/{editor.interview_id}/search?q={word}").get_text()

    assert "saw the see" in " ".join(found("see").split())
    editor.send(text=["We sailed out", "and saw the lighthouse", "then we came home"])
    assert "saw the lighthouse" in " ".join(found("lighthouse").split())
    assert "saw the see" not in " ".join(found("see").split())


def test_script_typed_as_a_time_or_as_words_stays_text_of_its_field(editor: Editor) -> None:
    """The rows of the editor escape each value themselves."""
    nasty = "\"'><script>alert(1)</script>{n}"
    fields = {**editor.fields(), "start": [nasty] * 3, "end": [nasty] * 3, "text": [f"</textarea>{nasty}"] * 3}
    for do in ("look", "save"):
        page = page_of(editor.send(do, fields=fields), 200 if do == "look" else 422)
        assert page.select("#captions script") == []
        assert editor.fields(page) == fields


def test_a_script_in_a_caption_stays_text(editor: Editor) -> None:
    nasty = "</textarea><script>alert(1)</script> --> &lt;"
    editor.send(text=[nasty, "and saw the see", "then we came home"])
    page = editor.client.page(editor.address())
    assert editor.fields(page)["text"][0] == nasty
    assert "alert(1)" not in "".join(script.get_text() for script in page.find_all("script"))
    for address in ("/versions/2", "/versions"):
        assert page_of(editor.client.get(editor.address(address))).find("script", string="alert(1)") is None


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("split-2", ["We sailed out", "and saw", "the see", "then we came home"]),
        ("merge-1", ["We sailed out\nand saw the see", "then we came home"]),
        ("merge-3", ["We sailed out", "and saw the see", "then we came home"]),
        ("remove-2", ["We sailed out", "then we came home"]),
        ("add-1", ["We sailed out", "", "and saw the see", "then we came home"]),
        ("add-0", ["", "We sailed out", "and saw the see", "then we came home"]),
        ("look", ["We sailed out", "and saw the see", "then we came home"]),
    ],
)
def test_a_button_changes_the_form_and_saves_nothing(editor: Editor, do: str, expected: list[str]) -> None:
    page = page_of(editor.send(do))
    assert editor.fields(page)["text"] == expected
    assert editor.track().version == 1


def test_a_split_shares_the_time_out_by_the_words(editor: Editor) -> None:
    fields = editor.fields(page_of(editor.send("split-2")))
    assert fields["start"][1:3] == ["0:03.000", "0:04.250"]
    assert fields["end"][1:3] == ["0:04.250", "0:05.500"]


@pytest.mark.parametrize(
    ("do", "message", "expected"),
    [
        ("replace-all", "2 matches were replaced.", ["They sailed out", "and saw the see", "then They came home"]),
        ("replace-first", "1 match was replaced.", ["They sailed out", "and saw the see", "then we came home"]),
    ],
)
def test_replacing_says_once_how_many_places_that_were(
    editor: Editor, do: str, message: str, expected: list[str]
) -> None:
    page = page_of(editor.send(do, find="we", replacement="They"))
    assert editor.fields(page)["text"] == expected
    assert [element["data-say"] for element in page.select("[data-say]")] == [message]


def test_captions_that_cannot_be_saved_are_named_and_typed_text_is_kept(editor: Editor) -> None:
    typed = {"start": ["0:00", "soon", "0:02"], "end": ["0:02.5", "0:05", "0:01"], "text": ["a", "b", ""]}
    page = page_of(editor.send(**typed), 422)
    summary = page.select_one(".error-summary")
    assert summary
    assert [(link["href"], link.get_text()[:10]) for link in summary.select("a")] == [
        ("#start-2", "Caption 2:"),
        ("#end-3", "Caption 3:"),
        ("#text-3", "Caption 3:"),
    ]
    assert editor.fields(page)["start"] == typed["start"]
    assert editor.track().version == 1
    wrong = page.select("[aria-invalid=true]")
    assert [field["id"] for field in wrong] == ["start-2", "end-3", "text-3"]
    for field, link in zip(wrong, summary.select("a"), strict=True):
        error = page.find(id=str(field["aria-describedby"]).split(" ")[0])
        assert error
        assert link.get_text() in error.get_text()


def test_captions_must_not_overlap(editor: Editor) -> None:
    page = page_of(editor.send(end=["0:04", "0:05", "0:08"]), 422)
    assert "starts before an earlier caption has ended" in page.get_text()


def test_a_caption_that_is_hard_to_read_is_marked_and_can_be_saved(editor: Editor) -> None:
    typed = {
        "start": ["0", "0.5", "8"],
        "end": ["0.5", "8", "9"],
        "text": ["Yes.", "one\ntwo\nthree", "that is a line with very many letters in it, far too many"],
        "do": "look",
    }
    page = page_of(editor.send("look", **{name: typed[name] for name in ("start", "end", "text")}))
    advice = [[line.get_text() for line in place.select("li")] for place in page.select("#captions .caption__advice")]
    assert advice == [
        ["Shown for 0.5 seconds. Show it for at least 0.833."],
        ["3 lines. Use at most 2.", "Shown for 7.5 seconds. Show it for at most 7."],
        ["Fast to read: 57 characters a second. Use at most 20.", "A long line: 57 characters. Use at most 42."],
    ]
    assert editor.send(**{name: typed[name] for name in ("start", "end", "text")}).status_code == 303


def test_words_that_a_model_may_have_looped_are_pointed_out(editor: Editor) -> None:
    page = page_of(
        editor.send("look", text=["We sailed out", "I know I know I know I know I know", "then we came home"])
    )
    advice = [place.get_text() for place in page.select("#captions .caption__advice")]
    assert "repeated many times" in advice[1]
    assert "repeated many times" not in advice[0] + advice[2]


def test_captions_that_are_not_there_can_be_typed(editor: Editor) -> None:
    with transaction() as session:
        session.delete(editor.track())
    page = page_of(editor.send("add-0", fields=editor.fields()))
    answer = editor.send(fields=editor.fields(page), text=["Hello"], language="en")
    assert answer.status_code == 303
    assert editor.texts() == ["Hello"]


def test_another_language_is_kept_with_the_version(editor: Editor) -> None:
    assert "Enter a language code" in page_of(editor.send(language="klingon!"), 422).get_text()
    editor.send(language="cy")
    assert editor.track().language == "cy"
    assert editor.client.page(editor.address()).select_one("textarea[lang=cy]")


@pytest.mark.parametrize(("blind", "is_played"), [(BlindMode.OFF, True), (BlindMode.TEXT, False)])
def test_a_blind_review_of_text_only_plays_nothing_and_shows_no_name(
    editor: Editor, blind: BlindMode, is_played: bool
) -> None:
    with transaction() as session:
        session.get_one(Interview, editor.interview_id).blind = str(blind)
    for rest in ("", "/file", "/versions", "/versions/1"):
        page = editor.client.page(editor.address(rest))
        assert "Candidate" not in page.get_text()
        assert bool(page.select_one("video")) is (is_played and not rest)


def test_form_with_too_many_captions_is_refused(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "MAX_EDITED_CUES", 2)
    assert editor.send().status_code == 413
    assert editor.track().version == 1


@pytest.mark.parametrize("rest", ["", "/file", "/versions", "/versions/1"])
def test_a_reviewer_of_another_interview_finds_nothing(editor: Editor, rest: str) -> None:
    sign_in(editor.client, make_user(Role.REVIEWER))
    assert editor.client.get(editor.address(rest)).status_code == 404


@pytest.mark.parametrize("rest", ["", "/file", "/choose", "/check", "/versions/1/restore"])
def test_a_reviewer_of_another_interview_changes_nothing(editor: Editor, rest: str) -> None:
    fields = editor.fields()
    sign_in(editor.client, make_user(Role.REVIEWER))
    assert editor.client.submit(editor.address(rest), fields).status_code == 404
    assert editor.track().version == 1


@pytest.mark.parametrize("do", ["split-9", "split--1", "split-x", "explode-1", "add-99999999999", "merge"])
def test_unknown_button_is_refused(editor: Editor, do: str) -> None:
    assert editor.send(do).status_code == 422


def test_a_form_without_its_version_is_refused(app: Flask, editor: Editor) -> None:
    fields = {**editor.fields(), "base": ""}
    assert editor.send(fields=fields).status_code == 422

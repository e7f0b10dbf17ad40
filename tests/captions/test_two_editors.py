"""Two people who edit the same captions: both versions are shown, and the second editor chooses."""

from __future__ import annotations

import pytest

from app.accounts.models import Role
from app.audit import Actor
from app.captions import corrections
from app.captions.models import TrackKind
from app.captions.services import cues_of
from app.clock import now
from app.transaction import transaction
from tests.captions.conftest import Editor
from tests.captions.editor_pages import choices_of, page_of, save_by_another
from tests.factories import make_user

pytestmark = pytest.mark.every_database


def test_the_second_of_two_is_shown_both_versions_and_chooses(editor: Editor) -> None:
    mine = editor.fields()
    save_by_another(editor, "We sailed away", "and saw the sea", "then we came home")
    page = page_of(editor.send(fields=mine, text=["We sailed out", "and saw the ocean", "then we all came home"]), 409)
    text = " ".join(page.get_text().split())
    assert "Omar Other saved version 2" in text
    assert "Changed by Omar Other; it is kept" in text
    assert [label.get_text().split(" ", 1)[0] for label in page.select(".choice label")] == ["Yours:", "Theirs:"]
    assert editor.texts() == ["We sailed away", "and saw the sea", "then we came home"]
    (name,) = {str(choice["name"]) for choice in page.select("input[type=radio]")}
    answer = editor.client.submit(editor.address("/choose"), {**choices_of(page), name: "yours"})
    assert answer.status_code == 303
    assert editor.texts() == ["We sailed away", "and saw the ocean", "then we all came home"]
    assert editor.track().version == 3


def test_without_a_choice_nothing_is_saved_and_the_question_is_asked_again(editor: Editor) -> None:
    mine = editor.fields()
    save_by_another(editor, "We sailed away", "and saw the see", "then we came home")
    page = page_of(editor.send(fields=mine, text=["I sailed", "and saw the see", "then we came home"]), 409)
    again = page_of(editor.client.submit(editor.address("/choose"), choices_of(page)), 422)
    summary = again.select_one(".error-summary a")
    assert summary
    assert again.select_one(str(summary["href"]))
    assert editor.track().version == 2


def test_a_third_version_meanwhile_is_shown_as_well(editor: Editor) -> None:
    mine = editor.fields()
    save_by_another(editor, "We sailed away", "and saw the see", "then we came home")
    page = page_of(editor.send(fields=mine, text=["We sailed out", "and saw the sea", "then we came home"]), 409)
    save_by_another(editor, "We sailed far away", "and saw the see", "then we came home")
    again = page_of(editor.client.submit(editor.address("/choose"), choices_of(page)), 409)
    assert "saved version 3" in " ".join(again.get_text().split())
    assert editor.client.submit(editor.address("/choose"), choices_of(again)).status_code == 303
    assert editor.texts() == ["We sailed far away", "and saw the sea", "then we came home"]


def save_in_language(editor: Editor, language: str) -> None:
    """As another reviewer, save a version that changes only the language."""
    track = editor.track()
    cues, other = cues_of(track), make_user(Role.REVIEWER, name="Omar Other")
    with transaction() as session:
        corrections.save_correction(
            session, editor.take_id, cues, base=track.version, kind=TrackKind.REVIEWER, language=language,
            actor=Actor("staff", other.id), now=now(),
        )  # fmt: skip


def test_a_language_that_only_the_other_changed_is_shown_and_stays(editor: Editor) -> None:
    mine = editor.fields()
    save_in_language(editor, "cy")
    page = page_of(editor.send(fields=mine, text=["We sailed out", "and saw the sea", "then we came home"]), 409)
    assert "Changed by Omar Other; it is kept Language of the captions: Welsh" in " ".join(page.get_text().split())
    assert editor.client.submit(editor.address("/choose"), choices_of(page)).status_code == 303
    assert (editor.track().language, editor.texts()[1]) == ("cy", "and saw the sea")


def test_a_language_that_both_changed_is_asked_about(editor: Editor) -> None:
    mine = editor.fields()
    save_in_language(editor, "cy")
    page = page_of(editor.send(fields=mine, language="ga"), 409)
    again = page_of(editor.client.submit(editor.address("/choose"), choices_of(page)), 422)
    assert again.select_one(".error-summary a[href='#choice-language-yours']")
    chosen = {**choices_of(again), "choice-language": "theirs"}
    assert editor.client.submit(editor.address("/choose"), chosen).status_code == 303
    assert editor.track().language == "cy"

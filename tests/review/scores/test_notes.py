"""Notes at moments of an answer: their times, their text, and who sees and removes them."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.accounts.models import StaffUser
from app.extensions import db
from app.recording.models import Answer
from app.review.models import Note
from tests.review.desk_pages import text_of
from tests.review.scores.forms import Desk, hand_in, score


class TestNotes:
    def test_note_links_to_its_moment(self, desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
        desk = desk_of(rada)
        desk.submit(f"/review/answers/{answer.id}/notes", {"text": "Good example <b>", "at": "1:03"})
        page = desk.page(f"/review/answers/{answer.id}")
        assert page.select_one(".note__time")["href"] == f"/review/answers/{answer.id}?t=63000"
        assert text_of(page.select_one(".note .said")) == "Good example <b>"

    @pytest.mark.parametrize(("typed", "at_ms"), [("1:30.5", 90_500), ("90", 90_000), ("", 0), ("1:02:03", 3_723_000)])
    def test_note_has_the_typed_time(
        self, desk_of: Desk, rada: StaffUser, answer: Answer, typed: str, at_ms: int
    ) -> None:
        desk_of(rada).submit(f"/review/answers/{answer.id}/notes", {"text": "Here", "at": typed})
        assert db.session.scalars(select(Note.at_ms)).all() == [at_ms]

    @pytest.mark.parametrize("typed", ["soon", "-1:30", "1:99", "1:2:3:4", "99999999"])
    def test_invalid_time_of_a_note_is_reported_and_its_text_is_kept(
        self, desk_of: Desk, rada: StaffUser, answer: Answer, typed: str
    ) -> None:
        refused = desk_of(rada).submit(f"/review/answers/{answer.id}/notes", {"text": "\n<b>Kept", "at": typed})
        page = BeautifulSoup(refused.text, "html.parser")
        assert refused.status_code == 422
        assert page.select_one("#note-text").get_text().strip() == "<b>Kept"
        assert page.select_one("#note-at")["value"] == typed
        assert page.select_one("#note-at")["aria-invalid"] == "true"
        assert page.select_one(".error-summary a[href='#note-at']")
        assert db.session.scalars(select(Note)).all() == []

    def test_colleagues_notes_are_visible_once_both_scores_are_handed_in(
        self, desk_of: Desk, rada: StaffUser, omar: StaffUser, answer: Answer
    ) -> None:
        theirs, mine = desk_of(omar), desk_of(rada)
        theirs.submit(f"/review/answers/{answer.id}/notes", {"text": "What Omar noted"})
        score(theirs, answer, level="1", comment="A draft")
        hand_in(mine, answer)
        assert "What Omar noted" not in mine.page(f"/review/answers/{answer.id}").text
        assert score(theirs, answer, level="1", comment="", version="1", do="hand in").status_code == 303
        assert "What Omar noted" in mine.page(f"/review/answers/{answer.id}").text

    def test_note_has_no_characters_that_a_database_refuses(
        self, desk_of: Desk, rada: StaffUser, answer: Answer
    ) -> None:
        desk_of(rada).submit(f"/review/answers/{answer.id}/notes", {"text": "a\0b"})
        assert db.session.scalars(select(Note.text)).all() == ["ab"]

    @pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
    def test_empty_or_long_note_is_refused(self, desk_of: Desk, rada: StaffUser, answer: Answer, text: str) -> None:
        answered = desk_of(rada).submit(f"/review/answers/{answer.id}/notes", {"text": text})
        assert answered.status_code == 422

    def test_only_ones_own_note_can_be_removed(
        self, desk_of: Desk, rada: StaffUser, omar: StaffUser, answer: Answer
    ) -> None:
        desk_of(rada).submit(f"/review/answers/{answer.id}/notes", {"text": "Mine"})
        address = f"/review/answers/{answer.id}/notes/{db.session.scalars(select(Note.id)).one()}/remove"
        assert desk_of(omar).submit(address).status_code == 404
        assert desk_of(rada).submit(address).status_code == 303
        assert db.session.scalars(select(Note)).all() == []

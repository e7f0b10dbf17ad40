"""Scores, notes, the panel and the export: storage, visibility for colleagues, and the limits of blind review."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Role, StaffUser
from app.audit import AuditAction, AuditEvent
from app.extensions import db
from app.interviews.models import Attempt, BlindMode, Interview
from app.recording.models import Answer
from app.review.models import Note, RubricLevel, Score
from app.review.neutral_label import neutral_label
from app.review.rubric import Level
from app.review.rubric_services import change_scoring
from app.review.safe_cells import safe_cell
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer, make_captioned_answer
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

JSON = {"Accept": "application/json"}


@pytest.fixture
def rada(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER, name="Rada")


@pytest.fixture
def omar(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER, name="Omar")


@pytest.fixture
def interview(rada: StaffUser, omar: StaffUser) -> Interview:
    return with_rubric(make_interview(reviewers=[rada, omar], title="Harbour guide"))


@pytest.fixture
def answer(interview: Interview) -> Answer:
    return make_captioned_answer("We sailed out", "at dawn.", attempt=sent(interview, "Ada Osei"))


@pytest.fixture
def desk_of(app: Flask) -> Callable[[StaffUser], CheckingClient]:
    """Return a function that opens a browser in which a member of staff is signed in."""

    def open_as(user: StaffUser) -> CheckingClient:
        client: Any = app.test_client()
        sign_in(client, user)
        return client  # type: ignore[no-any-return]

    return open_as


def with_rubric(interview: Interview) -> Interview:
    with transaction() as session:
        for question in interview.questions:
            for position, name in enumerate(("Weak", "Fair", "Strong"), start=1):
                session.add(
                    RubricLevel(question_id=question.id, position=position, name=name, description=f"Is {name}")
                )
    return interview


def sent(interview: Interview, name: str) -> Attempt:
    attempt = make_attempt(interview, submitted_at=NOON)
    with transaction() as session:
        session.get_one(Attempt, attempt.id).invitation.candidate_name = name
    return attempt


def score(desk: CheckingClient, answer: Answer, **typed: Any) -> Any:
    headers = typed.pop("headers", {})
    answered = desk.submit(f"/review/answers/{answer.id}/score", {"version": "0", **typed}, headers=headers)
    if typed.get("do") == "hand in" and answered.status_code == 303:
        return say_yes(desk, answered.location)
    return answered


def say_yes(desk: CheckingClient, address: str) -> Any:
    """Confirm on a page that asks whether to hand in a score."""
    return desk.submit(address, {"version": desk.page(address).select_one("main [name=version]")["value"]})  # type: ignore[index]


def handed_in(desk: CheckingClient, answer: Answer, level: int = 2, comment: str = "Clear.") -> None:
    assert score(desk, answer, level=str(level), comment=comment, do="hand in").status_code == 303


def text_of(page: Any) -> str:
    return " ".join(page.get_text(" ").split())


def make_blind(interview: Interview, mode: BlindMode) -> None:
    with transaction() as session:
        session.get_one(Interview, interview.id).blind = str(mode)


class TestOwnScore:
    def test_a_draft_is_saved_and_shown_again(self, desk_of: Any, rada: StaffUser, answer: Answer) -> None:
        desk = desk_of(rada)
        assert score(desk, answer, level="3", comment="Very\r\nclear").status_code == 303
        page = desk.page(f"/review/answers/{answer.id}")
        assert page.select_one("#comment").get_text() == "Very\nclear"
        assert page.select_one("input[name=level][checked]")["value"] == "3"
        assert page.select_one("input[name=version]")["value"] == "1"

    def test_levels_have_their_descriptions(self, desk_of: Any, rada: StaffUser, answer: Answer) -> None:
        page = desk_of(rada).page(f"/review/answers/{answer.id}")
        assert [text_of(label) for label in page.select(".choices .choice label")] == ["Weak", "Fair", "Strong"]
        assert text_of(page.select_one("#level-2-hint")) == "Is Fair"

    def test_conflict_of_two_tabs_is_shown_and_nothing_is_lost(
        self, desk_of: Any, rada: StaffUser, answer: Answer
    ) -> None:
        desk = desk_of(rada)
        score(desk, answer, level="1", comment="From the first tab")
        late = score(desk, answer, level="3", comment="From the second tab")
        assert late.status_code == 409
        assert "From the first tab" in late.text
        assert (
            '<textarea class="input" id="comment" name="comment" rows="5" maxlength="5000">From the second tab'
            in late.text
        )
        assert db.session.scalars(select(Score.comment)).all() == ["From the first tab"]
        assert score(desk, answer, level="3", comment="From the second tab", version="1").status_code == 303

    def test_script_gets_the_saved_score(self, desk_of: Any, rada: StaffUser, answer: Answer) -> None:
        desk = desk_of(rada)
        assert score(desk, answer, comment="One", headers=JSON).json["version"] == 1
        late = score(desk, answer, comment="Two", headers=JSON)
        assert late.status_code == 409
        assert late.json["saved"] == {"version": 1, "level": None, "comment": "One", "is_in": False}

    def test_handed_in_score_does_not_change(self, desk_of: Any, rada: StaffUser, answer: Answer) -> None:
        desk = desk_of(rada)
        handed_in(desk, answer)
        assert score(desk, answer, level="1", comment="Second thoughts", version="1").status_code == 409
        assert "You have handed in your score" in text_of(desk.page(f"/review/answers/{answer.id}"))
        assert db.session.scalars(select(Score.level)).all() == [2]

    def test_handing_in_needs_a_level_where_there_is_a_rubric(
        self, desk_of: Any, rada: StaffUser, answer: Answer
    ) -> None:
        answered = score(desk_of(rada), answer, comment="No level", do="hand in")
        assert answered.status_code == 422
        page = BeautifulSoup(answered.text, "html.parser")
        assert page.select_one("#error-summary a[href='#level-1']")
        assert page.select_one(".masthead--staff")
        assert page.select_one("#comment").get_text() == "No level"  # type: ignore[union-attr]
        assert db.session.execute(select(Score.comment, Score.handed_in_at)).all() == [("No level", None)]

    def test_handing_in_is_confirmed(self, desk_of: Any, rada: StaffUser, answer: Answer) -> None:
        desk, address = desk_of(rada), f"/review/answers/{answer.id}/score"
        asked = desk.submit(address, {"version": "0", "level": "2", "comment": "Clear.", "do": "hand in"})
        assert (asked.status_code, asked.location) == (303, f"{address}/hand-in")
        assert "Clear." in text_of(desk.page(asked.location))
        assert db.session.scalars(select(Score.handed_in_at)).all() == [None]
        assert desk.submit(asked.location, {"version": "0"}).status_code == 409
        assert say_yes(desk, asked.location).status_code == 303
        assert "Your score is handed in." in text_of(desk.page(f"/review/answers/{answer.id}"))

    @pytest.mark.parametrize("headers", [{}, JSON])
    def test_level_of_a_replaced_rubric_is_refused(
        self, desk_of: Any, rada: StaffUser, answer: Answer, interview: Interview, headers: dict[str, str]
    ) -> None:
        desk = desk_of(rada)
        read = desk.page(f"/review/answers/{answer.id}").select_one("#score-form [name=rubric]")["value"]
        with transaction() as session:
            found = session.get_one(Interview, interview.id)
            turned = {answer.question_id: [Level(1, "Strong", ""), Level(2, "Fair", ""), Level(3, "Weak", "")]}
            change_scoring(session, found, BlindMode.OFF, turned, actor=session.merge(rada), now=NOON)
        answered = score(desk, answer, level="3", comment="Clear.", rubric=read, do="hand in", headers=headers)
        assert answered.status_code == 422
        assert "The rubric of this question has changed" in answered.text
        expected = [] if headers else [("Clear.", None, None)]
        assert db.session.execute(select(Score.comment, Score.level, Score.handed_in_at)).all() == expected

    @pytest.mark.parametrize("level", ["4", "999999999"])
    def test_unknown_level_is_refused(self, desk_of: Any, rada: StaffUser, answer: Answer, level: str) -> None:
        assert score(desk_of(rada), answer, level=level).status_code == 422

    def test_handing_in_is_recorded_without_the_level(self, desk_of: Any, rada: StaffUser, answer: Answer) -> None:
        handed_in(desk_of(rada), answer)
        query = select(AuditEvent).where(AuditEvent.action == str(AuditAction.SCORE_HANDED_IN))
        (event,) = db.session.scalars(query)
        assert (event.actor_id, event.subject_id) == (rada.id, answer.id)
        assert event.details == {"question": answer.question_id, "question_number": 1}

    def test_reviewer_cannot_score_answers_of_other_interviews(self, desk_of: Any, answer: Answer) -> None:
        stranger = desk_of(make_user(Role.REVIEWER))
        assert score(stranger, answer, comment="Hello").status_code == 404
        assert stranger.submit(f"/review/answers/{answer.id}/notes", {"text": "Hello"}).status_code == 404


class TestColleagues:
    def test_colleagues_scores_are_hidden_until_the_own_score_is_handed_in(
        self, desk_of: Any, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        theirs, mine = desk_of(omar), desk_of(rada)
        handed_in(theirs, answer, level=3, comment="Secret verdict")
        theirs.submit(f"/review/answers/{answer.id}/notes", {"text": "Secret note", "at": "0:03"})
        score(mine, answer, level="1", comment="A draft of mine")
        pages = (
            f"/review/answers/{answer.id}",
            f"/review/interviews/{interview.id}/questions/{answer.question_id}",
            f"/review/interviews/{interview.id}/panel",
        )
        export = f"/review/interviews/{interview.id}/scores.csv"
        shown = [str(mine.page(page)) for page in pages] + [mine.submit(export).text]
        assert not any("Secret" in page for page in shown)
        assert "A draft of mine" in shown[3]
        handed_in_again = score(mine, answer, level="1", comment="Mine", version="1", do="hand in")
        assert handed_in_again.status_code == 303
        shown = [str(mine.page(page)) for page in pages[:2]] + [mine.submit(export).text]
        assert ["Secret verdict" in page for page in shown] == [True, True, True]
        assert "Secret note" in shown[0]

    def test_draft_is_hidden_from_colleagues(
        self, desk_of: Any, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        score(desk_of(omar), answer, level="3", comment="Unfinished thought")
        mine = desk_of(rada)
        handed_in(mine, answer)
        assert "Unfinished thought" not in str(mine.page(f"/review/answers/{answer.id}"))
        assert "Unfinished thought" not in mine.submit(f"/review/interviews/{interview.id}/scores.csv").text

    def test_panel_shows_numbers_of_scores_and_no_levels(
        self, desk_of: Any, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        handed_in(desk_of(omar), answer)
        page = desk_of(rada).page(f"/review/interviews/{interview.id}/panel")
        assert [text_of(row) for row in page.select(".progress")] == ["Omar 1 of 1", "Rada (you) 0 of 1"]
        assert text_of(page.select_one("#agreement tbody tr")) == "Question 1 0 none yet not enough data"

    def test_agreement_covers_only_answers_with_an_own_score(
        self, desk_of: Any, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        other = make_captioned_answer("Another.", attempt=sent(interview, "Bo"))
        theirs, mine = desk_of(omar), desk_of(rada)
        for each in (answer, other):
            handed_in(theirs, each, level=2)
        handed_in(mine, answer, level=2)
        page = mine.page(f"/review/interviews/{interview.id}/panel")
        assert text_of(page.select_one("#agreement tbody tr")) == "Question 1 1 100% not enough data"


class TestNotes:
    def test_note_links_to_its_moment(self, desk_of: Any, rada: StaffUser, answer: Answer) -> None:
        desk = desk_of(rada)
        desk.submit(f"/review/answers/{answer.id}/notes", {"text": "Good example <b>", "at": "1:03"})
        page = desk.page(f"/review/answers/{answer.id}")
        assert page.select_one(".note__time")["href"] == f"/review/answers/{answer.id}?t=63000"
        assert text_of(page.select_one(".note .said")) == "Good example <b>"

    @pytest.mark.parametrize(("typed", "at_ms"), [("1:30.5", 90_500), ("90", 90_000), ("", 0), ("1:02:03", 3_723_000)])
    def test_note_has_the_typed_time(
        self, desk_of: Any, rada: StaffUser, answer: Answer, typed: str, at_ms: int
    ) -> None:
        desk_of(rada).submit(f"/review/answers/{answer.id}/notes", {"text": "Here", "at": typed})
        assert db.session.scalars(select(Note.at_ms)).all() == [at_ms]

    @pytest.mark.parametrize("typed", ["soon", "-1:30", "1:99", "1:2:3:4", "99999999"])
    def test_invalid_time_of_a_note_is_reported_and_its_text_is_kept(
        self, desk_of: Any, rada: StaffUser, answer: Answer, typed: str
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
        self, desk_of: Any, rada: StaffUser, omar: StaffUser, answer: Answer
    ) -> None:
        theirs, mine = desk_of(omar), desk_of(rada)
        theirs.submit(f"/review/answers/{answer.id}/notes", {"text": "What Omar noted"})
        score(theirs, answer, level="1", comment="A draft")
        handed_in(mine, answer)
        assert "What Omar noted" not in mine.page(f"/review/answers/{answer.id}").text
        assert score(theirs, answer, level="1", comment="", version="1", do="hand in").status_code == 303
        assert "What Omar noted" in mine.page(f"/review/answers/{answer.id}").text

    def test_note_has_no_characters_that_a_database_refuses(
        self, desk_of: Any, rada: StaffUser, answer: Answer
    ) -> None:
        desk_of(rada).submit(f"/review/answers/{answer.id}/notes", {"text": "a\0b"})
        assert db.session.scalars(select(Note.text)).all() == ["ab"]

    @pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
    def test_empty_or_long_note_is_refused(self, desk_of: Any, rada: StaffUser, answer: Answer, text: str) -> None:
        answered = desk_of(rada).submit(f"/review/answers/{answer.id}/notes", {"text": text})
        assert answered.status_code == 422

    def test_only_ones_own_note_can_be_removed(
        self, desk_of: Any, rada: StaffUser, omar: StaffUser, answer: Answer
    ) -> None:
        desk_of(rada).submit(f"/review/answers/{answer.id}/notes", {"text": "Mine"})
        address = f"/review/answers/{answer.id}/notes/{db.session.scalars(select(Note.id)).one()}/remove"
        assert desk_of(omar).submit(address).status_code == 404
        assert desk_of(rada).submit(address).status_code == 303
        assert db.session.scalars(select(Note)).all() == []


class TestExport:
    def test_export_escapes_formulas_and_is_recorded(self, desk_of: Any, rada: StaffUser, interview: Interview) -> None:
        answer = make_captioned_answer("Hi.", attempt=sent(interview, '=HYPERLINK("http://x")'))
        desk = desk_of(rada)
        handed_in(desk, answer, level=3, comment="+cmd|' /C calc'!A0")
        export = desk.submit(f"/review/interviews/{interview.id}/scores.csv")
        assert export.mimetype == "text/csv"
        rows = list(csv.reader(io.StringIO(export.text.removeprefix("\ufeff"))))
        cells = dict(zip(rows[0], rows[1], strict=True))
        assert cells["Candidate"] == '\'=HYPERLINK("http://x")'
        assert cells["Comment"] == "'+cmd|' /C calc'!A0"
        assert (cells["Question"], cells["Reviewer"], cells["Level"]) == ("1", "Rada", "3")
        assert (cells["Name of the level"], cells["Handed in"]) == ("Strong", "yes")
        query = select(AuditEvent.details).where(AuditEvent.action == str(AuditAction.SCORES_EXPORTED))
        assert db.session.scalars(query).all() == [{"rows": 1}]

    @pytest.mark.parametrize(
        "comment",
        ["=1+1", "@SUM(A1)", "-2+3", "\u00a0=1+1", "\ufeff=1+1", "\u200b+1", "\uff1d1+1", "\uff20SUM(A1)", "\u3000=1"],
    )
    def test_disguised_formula_in_a_comment_is_escaped(self, comment: str) -> None:
        assert safe_cell(comment) == f"'{comment}"
        assert safe_cell(f"Clear {comment}") == f"Clear {comment}"


class TestBlind:
    @pytest.mark.parametrize("mode", [BlindMode.VOICE, BlindMode.TEXT])
    def test_blind_review_hides_the_name_everywhere(
        self, desk_of: Any, rada: StaffUser, interview: Interview, answer: Answer, mode: BlindMode
    ) -> None:
        make_blind(interview, mode)
        desk = desk_of(rada)
        handed_in(desk, answer)
        label = f"Candidate {neutral_label(answer.attempt_id)}"
        pages = [
            f"/review/interviews/{interview.id}",
            f"/review/answers/{answer.id}",
            f"/review/interviews/{interview.id}/questions/{answer.question_id}",
            f"/review/interviews/{interview.id}/search?q=sailed",
        ]
        shown = [desk.get(page).text for page in pages]
        shown.append(desk.submit(f"/review/interviews/{interview.id}/scores.csv").text)
        assert [("Ada" in page or "Osei" in page, label in page) for page in shown] == [(False, True)] * 5

    def test_server_refuses_the_picture_in_blind_review(
        self, desk_of: Any, rada: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        desk = desk_of(rada)
        with desk.get(f"/media/{answer.take_id}") as given:
            assert given.mimetype == "video/webm"
        make_blind(interview, BlindMode.VOICE)
        assert desk.get(f"/media/{answer.take_id}").status_code == 404
        assert desk.page(f"/review/answers/{answer.id}").video is None

    def test_sound_can_be_played_without_its_picture(
        self, desk_of: Any, rada: StaffUser, interview: Interview, app: Flask
    ) -> None:
        answer = make_answer(sent(interview, "Ada Osei"))
        get_storage().put("takes/x/sound.webm", b"the sound alone")
        add_media(str(answer.take_id), sound_key="takes/x/sound.webm")
        make_blind(interview, BlindMode.VOICE)
        with desk_of(rada).get(f"/media/{answer.take_id}") as given:
            assert (given.mimetype, given.data) == ("audio/webm", b"the sound alone")

    def test_blind_mode_text_offers_no_recording(
        self, desk_of: Any, rada: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        make_blind(interview, BlindMode.TEXT)
        desk = desk_of(rada)
        assert desk.get(f"/media/{answer.take_id}?only=sound").status_code == 404
        page = desk.page(f"/review/answers/{answer.id}")
        assert page.select_one("video, audio") is None
        assert "We sailed out" in text_of(page.select_one(".transcript"))

    def test_label_is_constant_and_not_a_word(self) -> None:
        labels = [neutral_label(f"attempt {number}") for number in range(500)]
        assert labels == [neutral_label(f"attempt {number}") for number in range(500)]
        assert len(set(labels)) == 500
        assert not set("".join(labels)) & set("AEIOUY01")


class TestRubric:
    @pytest.fixture
    def coordinator(self, desk_of: Any) -> CheckingClient:
        return desk_of(make_user(Role.COORDINATOR))  # type: ignore[no-any-return]

    def test_a_coordinator_writes_levels_and_blind_review(self, coordinator: CheckingClient, app: Flask) -> None:
        interview = make_interview(questions=1)
        field = f"levels_{interview.questions[0].id}"
        address = f"/manage/interviews/{interview.id}/scoring"
        coordinator.page(address)
        form = {"blind": "voice", field: "Weak: says little\nStrong: gives an example: a real one"}
        assert coordinator.submit(address, form).status_code == 303
        assert coordinator.page(address).select_one(f"#{field}").get_text().strip() == form[field]
        assert db.session.get_one(Interview, interview.id).blind == "voice"

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("Only one", "at least two levels"),
            ("\n".join(f"L{number}" for number in range(11)), "at most ten"),
            ("Good\ngood: again", "same name"),
            (": nameless\nGood", "needs a name"),
        ],
    )
    def test_invalid_rubric_is_reported(self, coordinator: CheckingClient, typed: str, words: str) -> None:
        interview = make_interview(questions=1)
        form = {"blind": "off", f"levels_{interview.questions[0].id}": typed}
        answer = coordinator.submit(f"/manage/interviews/{interview.id}/scoring", form)
        assert answer.status_code == 422
        assert words in answer.text

    def test_rubric_in_use_cannot_be_changed(
        self, coordinator: CheckingClient, desk_of: Any, rada: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        score(desk_of(rada), answer, level="2")
        address = f"/manage/interviews/{interview.id}/scoring"
        assert coordinator.page(address).select_one(f"#levels_{answer.question_id}") is None
        form = {"blind": "off", f"levels_{answer.question_id}": "A\nB"}
        form |= {f"levels_{each.id}": "C\nD" for each in interview.questions[1:]}
        assert coordinator.submit(address, form).status_code == 303
        query = select(RubricLevel.name).where(RubricLevel.question_id == answer.question_id)
        assert set(db.session.scalars(query)) == {"Weak", "Fair", "Strong"}

"""Colleagues' scores, the panel and the agreement, before and after a reviewer's own score is handed in."""

from __future__ import annotations

from app.accounts.models import StaffUser
from app.interviews.models import Interview
from app.recording.models import Answer
from tests.answer_factories import make_captioned_answer
from tests.review.desk_pages import sent_attempt, text_of
from tests.review.scores.forms import Desk, hand_in, score


class TestColleagues:
    def test_colleagues_scores_are_hidden_until_the_own_score_is_handed_in(
        self, desk_of: Desk, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        theirs, mine = desk_of(omar), desk_of(rada)
        hand_in(theirs, answer, level=3, comment="Secret verdict")
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
        self, desk_of: Desk, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        score(desk_of(omar), answer, level="3", comment="Unfinished thought")
        mine = desk_of(rada)
        hand_in(mine, answer)
        assert "Unfinished thought" not in str(mine.page(f"/review/answers/{answer.id}"))
        assert "Unfinished thought" not in mine.submit(f"/review/interviews/{interview.id}/scores.csv").text

    def test_panel_shows_numbers_of_scores_and_no_levels(
        self, desk_of: Desk, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        hand_in(desk_of(omar), answer)
        page = desk_of(rada).page(f"/review/interviews/{interview.id}/panel")
        assert [text_of(row) for row in page.select(".progress")] == ["Omar 1 of 1", "Rada (you) 0 of 1"]
        assert text_of(page.select_one("#agreement tbody tr")) == "Question 1 0 none yet not enough data"

    def test_agreement_covers_only_answers_with_an_own_score(
        self, desk_of: Desk, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        other = make_captioned_answer("Another.", attempt=sent_attempt(interview, "Bo"))
        theirs, mine = desk_of(omar), desk_of(rada)
        for each in (answer, other):
            hand_in(theirs, each, level=2)
        hand_in(mine, answer, level=2)
        page = mine.page(f"/review/interviews/{interview.id}/panel")
        assert text_of(page.select_one("#agreement tbody tr")) == "Question 1 1 100% not enough data"

"""The reviewer's lists: their interviews, and the answers of one interview, with states in words."""

from __future__ import annotations

import pytest
from flask import g

from app.accounts.models import StaffUser
from app.extensions import db
from app.interviews.models import Interview
from app.recording.models import StageState
from app.review import services
from tests.answer_factories import make_answer, make_captioned_answer, set_stages
from tests.factories import make_attempt, make_interview
from tests.page_check import CheckingClient
from tests.review.desk_pages import counted_queries, sent_attempt, text_of


class TestInterviews:
    def test_lists_the_interviews_of_this_reviewer_with_what_was_sent(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        make_interview(title="Somebody else's")
        attempt = sent_attempt(interview)
        make_captioned_answer("Yes.", attempt=attempt)
        make_captioned_answer("No.", attempt=attempt, question=interview.questions[1])
        make_captioned_answer("Not sent.", attempt=make_attempt(interview))
        page = desk.page("/review/")
        (row,) = page.select("tbody tr")
        assert text_of(row) == "Harbour guide 1 2"
        assert row.a["href"] == f"/review/interviews/{interview.id}"

    def test_says_so_when_there_are_none(self, desk: CheckingClient) -> None:
        assert "No interview is assigned to you yet" in text_of(desk.page("/review/"))


class TestInterview:
    def test_shows_each_answer_with_its_state_in_words(self, desk: CheckingClient, interview: Interview) -> None:
        attempt = sent_attempt(interview)
        make_captioned_answer("Yes.", attempt=attempt)
        make_answer(attempt, interview.questions[1], text="In writing.")
        page = desk.page(f"/review/interviews/{interview.id}")
        (row,) = page.select("tbody tr")
        assert [text_of(cell) for cell in row.select("th, td")] == [
            "Ada Candidate (K7PX2W)",
            "Open : Ada Candidate (K7PX2W), question 1 Ready",
            "Open : Ada Candidate (K7PX2W), question 2 Written answer",
            "No answer",
        ]

    @pytest.mark.parametrize(
        ("stages", "words"),
        [
            ((), "Still arriving"),
            ((StageState.PENDING,), "Being prepared"),
            ((StageState.FAILED,), "Could not be opened"),
            ((StageState.DONE,), "Captions are being made"),
            ((StageState.DONE, StageState.RUNNING), "Captions are being made"),
            ((StageState.DONE, StageState.WAITING_FOR_MODEL), "Waiting for a speech model"),
            ((StageState.DONE, StageState.FAILED), "Without captions"),
            ((StageState.DONE, StageState.DONE), "Ready"),
        ],
    )
    def test_every_state_has_its_words(
        self, desk: CheckingClient, interview: Interview, stages: tuple[StageState, ...], words: str
    ) -> None:
        answer = make_answer(sent_attempt(interview))
        if stages:
            set_stages(answer.take_id, *stages)
        (state,) = desk.page(f"/review/interviews/{interview.id}").select(".state")
        assert text_of(state) == words

    def test_candidates_who_have_not_sent_are_not_shown(self, desk: CheckingClient, interview: Interview) -> None:
        make_captioned_answer("Not sent.", attempt=make_attempt(interview))
        page = desk.page(f"/review/interviews/{interview.id}")
        assert not page.select("tbody tr")
        assert "No answers yet" in text_of(page)

    def test_lists_fifty_candidates_a_page_by_name(
        self, desk: CheckingClient, interview: Interview, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "PAGE", 2)
        for name in ("Cleo", "ada", "Bert"):
            make_answer(sent_attempt(interview, name), text="Yes.")
        first = desk.page(f"/review/interviews/{interview.id}")
        second = desk.page(first.select_one("a[rel=next]")["href"])
        assert [text_of(row.th) for row in first.select("tbody tr")] == ["ada (K7PX2W)", "Bert (K7PX2W)"]
        assert [text_of(row.th) for row in second.select("tbody tr")] == ["Cleo (K7PX2W)"]
        assert "page 2" in second.title.get_text()
        back = desk.page(second.select_one("a[rel=prev]")["href"])
        assert text_of(back.table) == text_of(first.table)
        assert not second.select("a[rel=next]")
        assert not back.select("a[rel=prev]")

    @pytest.mark.parametrize("page", ["0", "-1", "x", "", "9" * 40, "٣"])
    def test_invalid_place_shows_the_first_page(self, desk: CheckingClient, interview: Interview, page: str) -> None:
        make_answer(sent_attempt(interview), text="Yes.")
        for place in ("after", "before"):
            address = f"/review/interviews/{interview.id}?page={page}&{place}={page}"
            assert desk.page(address).select("tbody tr")

    def test_costs_the_same_number_of_queries_for_three_and_for_thirty(
        self, desk: CheckingClient, reviewer: StaffUser
    ) -> None:
        interview = make_interview(questions=1, reviewers=[reviewer])
        numbers = []
        for more in (3, 27):
            for _ in range(more):
                make_captioned_answer("Yes.", attempt=sent_attempt(interview))
            db.session.expire_all()
            g.pop("user", None)
            with counted_queries() as statements:
                desk.page(f"/review/interviews/{interview.id}")
            numbers.append(len(statements))
        assert numbers[0] == numbers[1] <= 13

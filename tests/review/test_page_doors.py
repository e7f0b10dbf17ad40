"""Access to a reviewer's pages. Candidates with and without accommodations look the same there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.accounts.models import Role
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording.models import Answer, Take
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient
from tests.review.desk_pages import sent_attempt


class TestDoors:
    @pytest.fixture
    def theirs(self) -> dict[str, str]:
        """The addresses of an interview that is assigned to another reviewer."""
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(make_interview()))
        interview_id = db.session.get_one(Attempt, answer.attempt_id).interview.id
        return {
            "interview": f"/review/interviews/{interview_id}",
            "answer": f"/review/answers/{answer.id}",
            "search": f"/review/interviews/{interview_id}/search?q=harbour",
        }

    @pytest.mark.parametrize("page", ["interview", "answer", "search"])
    def test_page_of_another_reviewer_and_missing_page_get_the_same_response(
        self, desk: CheckingClient, theirs: dict[str, str], page: str
    ) -> None:
        none = {
            "interview": "/review/interviews/nothing",
            "answer": "/review/answers/nothing",
            "search": "/review/interviews/nothing/search?q=harbour",
        }
        answers = [desk.get(address[page]) for address in (theirs, none)]
        assert [answer.status_code for answer in answers] == [404, 404]
        texts = [
            answer.text.replace(address[page], "") for answer, address in zip(answers, (theirs, none), strict=True)
        ]
        pages = [re.sub(r'(csrf[-_]token" (?:content|value)=)"[^"]*"', r"\1", text) for text in texts]
        assert pages[0] == pages[1]  # except for the page's address, to which the language form returns

    @pytest.mark.parametrize("page", ["/review/", "interview", "answer", "search"])
    @pytest.mark.parametrize("role", [Role.COORDINATOR, Role.COMPLIANCE, Role.ADMINISTRATOR])
    def test_other_roles_are_refused(
        self, client: CheckingClient, theirs: dict[str, str], page: str, role: Role
    ) -> None:
        sign_in(client, make_user(role))
        assert client.get(theirs.get(page, page)).status_code == 403

    @pytest.mark.parametrize("page", ["/review/", "interview", "answer", "search"])
    def test_a_signed_out_person_is_redirected_to_sign_in(
        self, client: CheckingClient, theirs: dict[str, str], page: str
    ) -> None:
        assert client.get(theirs.get(page, page)).headers["Location"].startswith("/sign-in?next=")

    def test_an_answer_that_was_not_sent_is_not_there(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("Not sent.", attempt=make_attempt(interview))
        assert desk.get(f"/review/answers/{answer.id}").status_code == 404

    def test_answer_with_a_removed_take_is_not_found(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("Removed.", attempt=sent_attempt(interview))
        with transaction() as session:
            session.get_one(Take, answer.take_id).removed_at = NOON
        assert desk.get(f"/review/answers/{answer.id}").status_code == 404


class TestConfidential:
    def test_candidates_with_different_accommodations_look_alike_to_reviewers(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        plain = sent_attempt(interview, "Sam")
        granted = sent_attempt(interview, "Sam", preferences={"audio_only": True, "hide_timer": True})
        answers = [make_captioned_answer("The harbour.", attempt=attempt) for attempt in (plain, granted)]
        with transaction() as session:
            take = session.get_one(Take, answers[1].take_id)
            take.number, take.kind = 7, "audio"
            take.limits = {"recording_seconds": None, "thinking_seconds": None, "retakes": None}
            take.started_at = NOON + timedelta(days=9)
            take.recorded_ms = 3_600_000
            session.get_one(Attempt, granted.id).submitted_at = NOON + timedelta(days=9)
        for address in ("/review/answers/{}", "/review/answers/{}?q=harbour&t=0"):
            pages = [self._normal(desk, address.format(answer.id), answer) for answer in answers]
            assert pages[0] == pages[1]
        rows = [str(row) for row in desk.page(f"/review/interviews/{interview.id}").select("tbody tr")]
        assert len(rows) == 2
        assert len({self._neutral(row, answer) for row in rows for answer in answers if answer.id in row}) == 1
        page = desk.page(f"/review/interviews/{interview.id}/search?q=harbour")
        hits = [str(hit) for hit in page.select("#results section")]
        assert len(hits) == 2
        assert len({self._neutral(hit, answer) for hit in hits for answer in answers if answer.id in hit}) == 1

    def _normal(self, desk: CheckingClient, address: str, answer: Answer) -> str:
        page = desk.page(address)
        for token in page.select("[name=csrf_token], [name=csrf-token]"):
            token.decompose()
        return self._neutral(str(page), answer)

    def _neutral(self, html: str, answer: Answer) -> str:
        known = {answer.id: "ANSWER", str(answer.take_id): "TAKE", answer.attempt_id: "ATTEMPT"}
        for each, name in known.items():
            html = html.replace(each, name)
        return html

"""Each time a reviewer opens an answer, the audit log gets one event."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.accounts.models import StaffUser
from app.audit import AuditAction, AuditEvent
from app.extensions import db
from app.interviews.models import Interview
from tests.answer_factories import make_captioned_answer
from tests.factories import enter, make_attempt, make_interview, sign_in
from tests.page_check import CheckingClient
from tests.review.desk_pages import HTMX, sent_attempt


class TestRecord:
    def views(self) -> list[AuditEvent]:
        db.session.rollback()
        query = (
            select(AuditEvent).where(AuditEvent.action == str(AuditAction.ANSWER_VIEWED)).order_by(AuditEvent.number)
        )
        return list(db.session.scalars(query))

    def test_opening_an_answer_is_written_down_once(
        self, desk: CheckingClient, interview: Interview, reviewer: StaffUser
    ) -> None:
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(interview))
        desk.page(f"/review/answers/{answer.id}")
        (viewed,) = self.views()
        assert (viewed.actor_kind, viewed.actor_id) == ("staff", reviewer.id)
        assert (viewed.subject_kind, viewed.subject_id) == ("answer", answer.id)
        assert viewed.details == {"take": answer.take_id}

    PARTS = (
        "/review/captions/{take}",
        "/review/captions/{take}/versions",
        "/review/captions/{take}/versions/1",
        "/captions/{take}.vtt",
        "/captions/{take}.srt",
        "/captions/{take}.txt",
        "/media/{take}",
        "/media/{take}?only=sound",
    )

    def test_asking_again_for_parts_of_what_is_open_is_no_opening(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(interview))
        desk.page(f"/review/answers/{answer.id}")
        desk.page(f"/review/answers/{answer.id}", headers=HTMX)
        for part in self.PARTS:
            desk.get(part.format(take=answer.take_id)).close()
        assert len(self.views()) == 1

    @pytest.mark.parametrize("part", [*PARTS, "/review/answers/{answer}"])
    def test_a_request_for_one_part_counts_as_viewing_the_answer(
        self, desk: CheckingClient, interview: Interview, part: str
    ) -> None:
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(interview))
        for _twice in range(2):
            headers = HTMX if "answers" in part else {}
            desk.get(part.format(take=answer.take_id, answer=answer.id), headers=headers).close()
        (viewed,) = self.views()
        assert viewed.subject_id == answer.id
        assert viewed.details == {"take": answer.take_id}

    def test_a_part_asked_for_after_signing_in_again_is_another_viewing(
        self, desk: CheckingClient, interview: Interview, reviewer: StaffUser
    ) -> None:
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(interview))
        desk.get(f"/captions/{answer.take_id}.vtt")
        sign_in(desk, reviewer)
        desk.get(f"/captions/{answer.take_id}.vtt")
        assert len(self.views()) == 2

    def test_candidates_do_not_count_as_viewers_of_their_own_answers(
        self, client: CheckingClient, interview: Interview
    ) -> None:
        attempt = make_attempt(interview)
        answer = make_captioned_answer("The harbour.", attempt=attempt)
        enter(client, attempt)
        for address in (f"/captions/{answer.take_id}.vtt", f"/media/{answer.take_id}"):
            with client.get(address) as response:
                assert response.status_code == 200
        assert not self.views()

    def test_an_answer_that_could_not_be_opened_was_not_viewed(self, desk: CheckingClient) -> None:
        answer = make_captioned_answer("The harbour.", attempt=sent_attempt(make_interview()))
        desk.get(f"/review/answers/{answer.id}")
        assert not self.views()

"""Reopening and handing in at the same moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.accounts.models import StaffUser
from app.audit import AuditAction
from app.clock import now
from app.recording.models import Answer
from app.review import score_services
from app.review.score_services import ScoreConflictError, ScoreInput
from app.transaction import transaction
from tests.at_once import at_once
from tests.review.scores.forms import (
    Desk,
    events,
    hand_in,
    score_of,
)


class TestAtOneMoment:
    @pytest.fixture
    def handed_in(self, desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
        hand_in(desk_of(rada), answer)

    def reopening(self, user: StaffUser, answer: Answer, seen: int) -> Callable[[], None]:
        user_id, answer_id = user.id, answer.id

        def act() -> None:
            with transaction() as session:
                found = session.get_one(Answer, answer_id), session.get_one(StaffUser, user_id)
                score_services.reopen(session, found[1], found[0], seen=seen, now=now())

        return act

    def handing_in(self, user: StaffUser, answer: Answer, seen: int) -> Callable[[], None]:
        user_id, answer_id = user.id, answer.id

        def act() -> None:
            with transaction() as session:
                found = session.get_one(Answer, answer_id), session.get_one(StaffUser, user_id)
                score_services.hand_in(session, found[1], found[0], ScoreInput(3, "Late.", seen), now=now())

        return act

    @pytest.mark.usefixtures("handed_in")
    def test_two_tabs_reopen_once(self, app: Flask, rada: StaffUser, answer: Answer) -> None:
        acts = [self.reopening(rada, answer, 2) for _tab in range(2)]
        assert at_once(app, acts) == [None, None]
        assert len(events(AuditAction.SCORE_REOPENED)) == 1
        assert score_of(rada).version == 3

    @pytest.mark.usefixtures("handed_in")
    def test_old_page_cannot_hand_in_a_reopened_score(self, app: Flask, rada: StaffUser, answer: Answer) -> None:
        results = at_once(app, [self.reopening(rada, answer, 2), self.handing_in(rada, answer, 2)])
        assert results[0] is None
        assert isinstance(results[1], ScoreConflictError)
        assert (score_of(rada).comment, score_of(rada).handed_in_at) == ("Clear.", None)

    @pytest.mark.usefixtures("handed_in")
    def test_score_handed_in_during_a_reopening_is_counted_or_was_never_visible(
        self, app: Flask, rada: StaffUser, omar: StaffUser, answer: Answer
    ) -> None:
        results = at_once(app, [self.reopening(rada, answer, 2), self.handing_in(omar, answer, 0)])
        assert results == [None, None]
        seen = events(AuditAction.SCORE_REOPENED)[0].details["colleagues"]
        assert (score_of(rada).comment_before is not None) == bool(seen)

"""The export of scores as a CSV file: its cells, its formulas, and its record."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from app.accounts.models import StaffUser
from app.audit import AuditAction, AuditEvent
from app.extensions import db
from app.interviews.models import Interview
from app.review.safe_cells import safe_cell
from tests.answer_factories import make_captioned_answer
from tests.review.desk_pages import sent_attempt
from tests.review.scores.forms import Desk, hand_in


class TestExport:
    def test_export_escapes_formulas_and_is_recorded(
        self, desk_of: Desk, rada: StaffUser, interview: Interview
    ) -> None:
        answer = make_captioned_answer("Hi.", attempt=sent_attempt(interview, '=HYPERLINK("http://x")'))
        desk = desk_of(rada)
        hand_in(desk, answer, level=3, comment="+cmd|' /C calc'!A0")
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

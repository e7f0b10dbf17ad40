"""Download forms are marked with an attribute. Their button works again immediately, because no new page replaces it."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accounts.models import Role
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

PERIOD = "from=2026-11-01&to=2026-11-30"


@pytest.mark.parametrize(
    ("address", "role", "files"),
    [
        ("/review/interviews/{interview}/panel", Role.REVIEWER, 1),
        ("/compliance/people/{invitation}", Role.COMPLIANCE, 3),
        (f"/compliance/report/?{PERIOD}", Role.COMPLIANCE, 2),
    ],
)
def test_every_download_button_is_in_a_download_form(
    app: Flask, client: CheckingClient, address: str, role: Role, files: int
) -> None:
    user = make_user(role)
    interview = make_interview(reviewers=[user] if role == Role.REVIEWER else [])
    attempt = make_attempt(interview, submitted_at=NOON)
    sign_in(client, user)
    page = client.page(address.format(interview=interview.id, invitation=attempt.invitation_id))
    given = 0
    for form in page.select("main form[method=post]"):
        token = {str(box["name"]): str(box["value"]) for box in form.select("input[type=hidden]")}
        for place in {str(button.get("formaction", form["action"])) for button in form.select("button")}:
            with client.post(place, data=token) as answer:
                if answer.headers.get("Content-Disposition", "").startswith("attachment"):
                    assert form.has_attr("data-download"), place
                    given += 1
    assert given == files

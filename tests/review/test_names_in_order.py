"""Names are in alphabetical order on every staff page, in all alphabets, with the same result on both databases."""

from __future__ import annotations

import csv
import io
import random
import unicodedata
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from app.accounts.models import Role, StaffUser
from app.extensions import db
from app.folding import sort_key
from app.interviews.manage_services import possible_reviewers
from app.interviews.models import Interview, Invitation
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

IN_ORDER = [
    "ada", "Ängsla", "Anna", "ANNA B", "Bo", "Çelik", "Cem", "Éric", "Eva", "Ludwig", "Łukasz", "omar", "Ömer", "Ørsted",
    "Oslo", "Zoe", "Zoë", "Žofie", "Ωμέγα", "Дарья", "שרה", "李",
]  # fmt: skip
"""Names in the expected order. Case and accents matter only if nothing else differs. Latin comes before other
alphabets.
"""


@pytest.fixture
def reviewer(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER, name="Rada")


@pytest.fixture
def interview(reviewer: StaffUser) -> Interview:
    """An interview to which candidates with all these names have sent an answer, in random order."""
    interview = make_interview(questions=1, reviewers=[reviewer])
    mixed = list(IN_ORDER)
    random.Random(1).shuffle(mixed)
    for name in mixed:
        attempt = make_attempt(interview, submitted_at=NOON)
        with transaction() as session:
            session.get_one(Invitation, attempt.invitation_id).candidate_name = name
        make_captioned_answer("We sailed", attempt=attempt)
    return interview


def names(page: Any) -> list[str]:
    """Return the names in the first column of a table, without their references."""
    return [cell.get_text(" ", strip=True).split(" (")[0] for cell in page.select("tbody th[scope=row]")]


def test_lists_exports_and_pages_of_answers_are_in_order(
    client: CheckingClient, reviewer: StaffUser, interview: Interview
) -> None:
    sign_in(client, reviewer)
    base = f"/review/interviews/{interview.id}"
    assert names(client.page(base)) == IN_ORDER
    page = client.page(f"{base}/questions/{interview.questions[0].id}")
    assert names(page) == IN_ORDER
    for link in page.select("tbody th a"):
        form = {"version": "0", "comment": "Clear."}
        assert client.submit(f"{link['href']}/score", form).status_code == 303
    export = client.submit(f"{base}/scores.csv").text.removeprefix("\ufeff")
    assert [row["Candidate"] for row in csv.DictReader(io.StringIO(export))] == IN_ORDER


def test_reviewers_are_in_alphabetical_order(app: Flask) -> None:
    people = [make_user(Role.REVIEWER, name=name) for name in ("Zoë", "Ömer", "oslo", "Éric")]
    client: Any = app.test_client()
    sign_in(client, people[0])
    panel = client.page(f"/review/interviews/{make_interview(reviewers=people).id}/panel")
    said = [" ".join(row.get_text(" ").split()) for row in panel.select(".progress__label")]
    assert said == ["Éric", "Ömer", "oslo", "Zoë (you)"]
    assert [user.name for user in possible_reviewers(db.session())] == ["Éric", "Ömer", "oslo", "Zoë"]


def test_spellings_of_a_name_have_the_same_position() -> None:
    for name in IN_ORDER:
        for form in ("NFC", "NFD"):
            assert sort_key(unicodedata.normalize(form, name)) == sort_key(name)
    assert sort_key("ÖMER") == sort_key("ömer")
    assert sorted(set(IN_ORDER), key=sort_key) == IN_ORDER


def test_names_of_an_older_version_are_in_order_after_an_upgrade(app: Flask) -> None:
    interview = make_interview()
    for name in ("Zoe", "Ömer"):
        attempt = make_attempt(interview)
        with transaction() as session:
            session.get_one(Invitation, attempt.invitation_id).candidate_name = name
    db.session.remove()
    downgrade(revision="0030")
    upgrade()
    with db.engine.connect() as connection:
        found = connection.execute(text("SELECT candidate_name FROM invitation ORDER BY sort_key")).all()
    assert [row[0] for row in found] == ["Ömer", "Zoe"]

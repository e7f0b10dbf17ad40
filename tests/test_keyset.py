"""Lists in pages by key: every row is on one page, also if rows are added and removed while a person turns the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select
from werkzeug.datastructures import MultiDict

from app.extensions import db
from app.interviews import invitation_services as services
from app.interviews.models import Interview, Invitation
from app.keyset import START, Count, Page, Place, count_of, page_of, place_in
from app.transaction import transaction
from tests.factories import NOON, make_interview, make_invitation


@pytest.fixture
def interview(app: Flask) -> Interview:
    """An interview with five invitations, of which two were made at the same moment."""
    interview = make_interview()
    for minutes in (0, 1, 1, 2, 3):
        make_invitation(interview, created_at=NOON + timedelta(minutes=minutes))
    return interview


def page(interview: Interview, place: Place = START) -> Page[Invitation]:
    order = services.newest_invited_to(interview.id)
    query = select(Invitation).where(Invitation.interview_id == interview.id)
    return page_of(db.session(), query, order, place, size=2).map(lambda row: row[0])


def following(found: Page[Invitation]) -> Place:
    assert found.next is not None
    return place_in(MultiDict({name: str(value) for name, value in found.next.items()}))


def before(found: Page[Invitation]) -> Place:
    assert found.previous is not None
    return place_in(MultiDict({name: str(value) for name, value in found.previous.items()}))


def names(found: Page[Invitation]) -> list[str]:
    return [each.candidate_name for each in found.rows]


def test_every_row_is_on_one_page_in_both_directions(interview: Interview) -> None:
    pages = [page(interview)]
    while pages[-1].next:
        pages.append(page(interview, following(pages[-1])))
    shown = [name for each in pages for name in names(each)]
    assert len(shown) == len(set(shown)) == 5
    assert [each.number for each in pages] == [1, 2, 3]
    second = page(interview, before(pages[2]))
    assert names(second) == names(pages[1])
    assert names(page(interview, before(second))) == names(pages[0])


def test_new_row_neither_repeats_nor_hides_others(interview: Interview) -> None:
    first = page(interview)
    expected = names(page(interview, following(first)))
    make_invitation(interview, created_at=NOON + timedelta(hours=1), candidate_name="New")
    assert names(page(interview, following(first))) == expected
    assert names(page(interview))[0] == "New"


def test_removed_row_of_another_page_changes_nothing(interview: Interview) -> None:
    first = page(interview)
    expected = names(page(interview, following(first)))
    with transaction() as session:
        session.execute(delete(Invitation).where(Invitation.id == first.rows[0].id))
    assert names(page(interview, following(first))) == expected


@pytest.mark.parametrize("named", ["unknown", "of another interview"])
def test_place_that_is_not_in_the_list_shows_the_first_page(interview: Interview, named: str) -> None:
    other = make_invitation(make_interview())[0].id if named != "unknown" else "a" * 26
    assert names(page(interview, Place(after=other, number=7))) == names(page(interview))
    assert page(interview, Place(before=other, number=7)).number == 1


@pytest.mark.parametrize(
    "typed", [{}, {"page": "3"}, {"after": ""}, {"before": "", "page": "x"}, {"page": "9" * 40}, {"page": "-1"}]
)
def test_address_without_a_place_is_the_start(typed: dict[str, str]) -> None:
    assert place_in(typed) == START


def test_place_in_an_address_is_shortened_and_its_number_is_positive() -> None:
    assert place_in({"after": "a" * 400, "page": "٣"}) == Place(after="a" * 26)
    assert place_in({"before": "b", "after": "a", "page": "0"}) == Place(after="a")
    assert place_in({"holds-after": "a", "holds-page": "2"}, "holds-") == Place(after="a", number=2)


def test_count_stops_at_its_limit(interview: Interview) -> None:
    query = select(Invitation)
    assert count_of(db.session(), query) == Count(5)
    assert count_of(db.session(), query, most=5) == Count(5)
    assert count_of(db.session(), query, most=4) == Count(4, has_more=True)
    assert count_of(db.session(), query.where(Invitation.id == "")) == Count(0)

"""The page of search results: each result leads to its moment, is counted once, and is on one of several pages."""

from __future__ import annotations

import pytest

from app.interviews.models import Interview
from tests.answer_factories import make_answer, make_captioned_answer
from tests.page_check import CheckingClient
from tests.review.desk_pages import HTMX, sent_attempt, text_of


class TestSearchPage:
    def test_gives_each_hit_as_a_link_to_its_moment(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_captioned_answer("Nothing.", "The harbour was full.", attempt=sent_attempt(interview))
        page = desk.page(f"/review/interviews/{interview.id}/search?q=harbours")
        (hit,) = page.select("a.hit")
        assert hit["href"] == f"/review/answers/{answer.id}?t=3000&q=harbours"
        assert text_of(hit) == "0:03 The harbour was full."
        assert text_of(hit.mark) == "harbour"
        assert text_of(page.select_one("#results h2")) == "Ada Candidate (K7PX2W), question 1"

    def test_says_how_many_once_in_the_page_and_once_aloud(self, desk: CheckingClient, interview: Interview) -> None:
        make_captioned_answer("The harbour.", "A harbour.", attempt=sent_attempt(interview))
        part = desk.page(f"/review/interviews/{interview.id}/search?q=harbour", headers=HTMX)
        assert part.html is None
        assert [said["data-say"] for said in part.select("[data-say]")] == ["2 matches in 1 answer"]
        assert text_of(part.select_one(".results__count")) == "2 matches in 1 answer"

    def test_shows_a_few_places_of_an_answer_and_leads_to_the_rest(
        self, desk: CheckingClient, interview: Interview
    ) -> None:
        answer = make_captioned_answer(*["The harbour."] * 8, attempt=sent_attempt(interview))
        page = desk.page(f"/review/interviews/{interview.id}/search?q=harbour")
        assert len(page.select("a.hit")) == 3
        (more,) = [link for link in page.select("#results a") if "more" in link.get_text()]
        assert text_of(more) == "5 more matches in this answer"
        assert more["href"] == f"/review/answers/{answer.id}?q=harbour"

    def test_an_answer_in_writing_is_a_hit_without_a_time(self, desk: CheckingClient, interview: Interview) -> None:
        answer = make_answer(sent_attempt(interview), text="The harbour.")
        page = desk.page(f"/review/interviews/{interview.id}/search?q=harbour")
        assert page.select_one("a.hit")["href"] == f"/review/answers/{answer.id}?q=harbour"

    def test_pages_follow(self, desk: CheckingClient, interview: Interview) -> None:
        for number in range(11):
            make_captioned_answer("The harbour.", attempt=sent_attempt(interview, f"Candidate {number}"))
        page = desk.page(f"/review/interviews/{interview.id}/search?q=harbour&page=2")
        assert len(page.select("a.hit")) == 1
        assert text_of(page.select_one(".results__count")) == "11 answers, page 2 of 2"
        assert page.select_one("a[rel=prev]")["href"].endswith("/search?q=harbour&page=1")

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("nothingofthesort", "Nothing was found"),
            ("-harbour", "Type a word to find as well"),
            ("???", "no letters or digits"),
            ("h*", "at least two letters before the star"),
            ("x" * 301, "too long"),
            ("%00%ff%fe", "Nothing was found"),
            ("<script>alert(1)</script>", "Nothing was found"),
        ],
    )
    def test_any_question_gets_an_answer_in_words(
        self, desk: CheckingClient, interview: Interview, typed: str, words: str
    ) -> None:
        make_captioned_answer("The harbour.", attempt=sent_attempt(interview))
        address = f"/review/interviews/{interview.id}/search?q={typed}"
        assert words in text_of(desk.page(address))
        (said,) = desk.page(address, headers=HTMX).select("[data-say]")
        assert words.lower() in said["data-say"].lower()

    def test_before_anything_is_typed_nothing_is_said(self, desk: CheckingClient, interview: Interview) -> None:
        page = desk.page(f"/review/interviews/{interview.id}/search")
        assert not page.select("[data-say], .hit")

"""The check of pages skips exactly the pages of a kind that it has already checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import page_check

PAGE = """<!doctype html><html lang="en"><head><title>Answer 12 – Harbour Trust</title></head><body><main>
<h1>Answer 12 of candidate7</h1><form><input type="hidden" name="csrf_token" value="IjQ0YzEwYjk5NmFkZjE0.awrzyw.Zm9vYmFyYmF6cXV4">
<label for="note-1">Note 1</label><input id="note-1" name="a"><label for="note-2">Note 2</label>
<input id="note-2" name="b"></form></main><script src="/static/built/site.js"></script></body></html>"""
SAME_KIND = PAGE.replace("12", "345").replace("candidate7", "candidate81").replace("awrzyw.Zm9v", "awrzzg.Qm9v")


@pytest.fixture(autouse=True)
def nothing_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_check, "_without_problems", set())
    monkeypatch.delenv(page_check.CHECKED_PAGES, raising=False)


def test_page_that_differs_in_numbers_and_tokens_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert page_check.problems_of_a_new_kind(PAGE) == []
    monkeypatch.setattr(page_check, "page_problems", lambda *_, **__: ["checked"])
    assert page_check.problems_of_a_new_kind(SAME_KIND) == []
    assert page_check.problems_of_a_new_kind(PAGE, fragment=True) == ["checked"]


def test_page_without_problems_is_not_checked_again_by_other_processes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(page_check.CHECKED_PAGES, str(tmp_path))
    broken = PAGE.replace("<h1>", "<p>").replace("</h1>", "</p>")
    assert page_check.problems_of_a_new_kind(PAGE) == []
    assert page_check.problems_of_a_new_kind(broken) == ["0 h1 elements"]
    monkeypatch.setattr(page_check, "_without_problems", set())  # as in another process
    monkeypatch.setattr(page_check, "page_problems", lambda *_, **__: ["checked"])
    assert page_check.problems_of_a_new_kind(PAGE) == []
    assert page_check.problems_of_a_new_kind(broken) == ["checked"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('id="note-2"', 'id="note-1"', "id note-1 twice"),
        ('for="note-2"', 'for="note-3"', "for points to note-3, which is not there"),
        ("<h1>", "<h2>", "0 h1 elements"),
        ("<form>", '<form style="color: red">', "inline style on form"),
        ("Note 1", "Note &#0;", "illegal-codepoint"),
    ],
)
def test_page_with_a_problem_is_of_another_kind(old: str, new: str, problem: str) -> None:
    assert page_check.problems_of_a_new_kind(PAGE) == []
    broken = PAGE.replace(old, new)
    assert problem in "; ".join(page_check.problems_of_a_new_kind(broken))


def test_page_with_a_problem_is_reported_each_time() -> None:
    broken = PAGE.replace("<h1>", "<p>").replace("</h1>", "</p>")
    assert page_check.problems_of_a_new_kind(broken) == page_check.problems_of_a_new_kind(broken) == ["0 h1 elements"]

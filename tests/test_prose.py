"""The command tools.prose finds odd words and sentences that are long or hard to read, and accepts plain ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tools import prose
from tools.prose_texts import (
    MESSAGES,
    ROOT,
    Text,
    files_with_remarks,
    messages,
    of_document,
    of_module,
    of_script,
    of_template,
    plain_message,
)

PLAIN = "Your answer is saved. You can send it now, or record it again before the deadline."
LONG = "You can " + "and then you can ".join(["go to the page "] * 4) + "or not."
HARD = "Accessibility accommodations necessitate organisational consideration regarding individual communication."


def found_in(message: str) -> list[prose.Finding]:
    return prose.findings([Text(MESSAGES, 0, plain_message(message))], [])


def found_beside(words: str, where: str = "docs/planted.md") -> list[prose.Finding]:
    return prose.findings([], [Text(where, 7, words)])


def test_plain_message_has_no_findings() -> None:
    assert found_in(PLAIN) == []


def test_long_sentence_is_found() -> None:
    (finding,) = found_in(f"{PLAIN} {LONG}")
    assert finding.key == f"messages: too long: {LONG}"
    assert finding.advice == "32 words"


def test_hard_sentence_is_found() -> None:
    (finding,) = found_in(f"{HARD} {PLAIN}")
    assert finding.key == f"messages: too hard: {HARD}"


def test_short_sentence_is_not_graded() -> None:
    assert prose.reading_grade("Accessibility accommodations.") > prose.MAX_GRADE
    assert found_in("Accessibility accommodations.") == []


def test_sentence_ends_at_line_break_and_full_stop_but_not_inside_a_number() -> None:
    assert prose.sentences("It took 0.5 s. “Why?” Look\nhere") == ["It took 0.5 s.", "“Why?", "Look", "here"]


@pytest.mark.parametrize(
    "message", ["For %(name)s: {length} of %(num)s, 100%%", "For <b>%(name)s</b>: {0} of %s, 100%%"]
)
def test_placeholder_is_one_short_word_and_markup_is_not_read(message: str) -> None:
    assert prose.WORD.findall(plain_message(message)) == ["For", "ten", "ten", "of", "ten", "100"]


def test_odd_word_is_found_in_message_with_its_sentence() -> None:
    (finding,) = found_in(f"{PLAIN} It is closed for good.")
    assert finding.key == 'messages: "for good": It is closed for good.'
    assert str(finding) == f"{finding.key}  (better: permanently)"


def test_odd_word_is_found_in_any_case_and_across_lines() -> None:
    source = '"""Whoever\n   comes, stands\n   still."""\n'
    (text,) = of_module(source, "app/planted.py")
    assert [finding.key for finding in prose.findings([], [text])] == [
        'app/planted.py: "whoever"',
        'app/planted.py: "stands still"',
    ]


@pytest.mark.parametrize("words", ["True if the value is None.", "Ago-nothing-of-it", "the renewal", "for goods"])
def test_words_similar_to_odd_ones_are_accepted(words: str) -> None:
    assert found_beside(words) == []


def test_long_sentence_in_a_comment_is_accepted() -> None:
    assert found_beside(LONG) == []


def test_finding_has_its_place_and_a_suggestion() -> None:
    (finding,) = found_beside("It is written anew.")
    assert str(finding) == 'docs/planted.md:7: "anew"  (better: again)'


def test_docstrings_and_comments_of_python_are_read_and_other_strings_are_not() -> None:
    source = (
        '"""Module."""\n\nLIMIT = 5\n"""The limit."""\n\n\n'
        'def f() -> str:\n    """Function with `code anew`."""\n    # one comment\n    # of two lines\n'
        '    return "no prose"  # noqa: E501\n'
    )
    texts = list(of_module(source, "app/planted.py"))
    assert {text.words for text in texts} == {"Module.", "The limit.", "Function with .", "one comment of two lines"}
    assert {text.line for text in texts} == {1, 4, 8, 9}


def test_comments_of_scripts_templates_and_documents_are_read_without_code() -> None:
    script = "// first\n// second\nconst url = 'http://x'\n/** third */\n/* fourth\n * fifth\n */\n"
    assert [text.words for text in of_script(script, "a.js")] == ["first second", "third fourth fifth"]
    assert [text.words for text in of_template("<p>x</p>\n{# what for #}", "a.html")] == ["what for"]
    assert of_document("See [the\nlist](docs/anew.md) and `for good`.\n```\nanew\n```\n") == "See [the list] and ."


def test_new_finding_is_named_and_stale_approval_too() -> None:
    found = found_beside("anew and anew") + found_beside("for good")
    once = 'docs/planted.md: "anew"'
    new, stale = prose.compare(found, Counter({once: 1, 'docs/planted.md: "for good"': 1, "gone": 2}))
    assert [finding.key for finding in new] == [once]
    assert stale == Counter({"gone": 2})


def test_approvals_are_read_as_they_were_written(tmp_path: Path) -> None:
    approved = Counter({'messages: "anew": Choose a level anew: now.': 2, "docs/a.md: x": 1})
    prose.write_approved(approved, tmp_path / "approved.txt")
    assert prose.read_approved(tmp_path / "approved.txt") == approved


def test_shrinking_removes_stale_approvals_and_adds_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    approved = tmp_path / "approved.txt"
    monkeypatch.setattr(prose.read_approved, "__defaults__", (approved,))
    monkeypatch.setattr(prose.write_approved, "__defaults__", (approved,))
    monkeypatch.setattr(prose, "messages", lambda: [])
    monkeypatch.setattr(prose, "remarks", lambda: [Text("a.md", 1, "anew"), Text("b.md", 1, "anew")])
    prose.write_approved(Counter({'a.md: "anew"': 3}))
    assert prose.main([]) == 1
    assert prose.main(["--shrink"]) == 1  # b.md has a finding that is not approved
    assert prose.read_approved() == Counter({'a.md: "anew"': 1})
    assert 'b.md:1: "anew"' in capsys.readouterr().out


def test_every_odd_phrase_has_a_better_one() -> None:
    lines = [line for line in prose.ODD_WORDS.read_text().splitlines() if line and not line.startswith("#")]
    assert len(prose.better_words()) == len(lines) > 80
    assert all(better.strip() for better in prose.better_words().values())


def test_remarks_of_every_kind_of_file_are_read() -> None:
    """The step "prose" reads all files, so this test only checks which files they are."""
    files = {path.relative_to(ROOT).as_posix() for path, _read in files_with_remarks()}
    assert {"README.md", "docs/architecture.md", "app/__init__.py", "tests/test_prose.py", "wsgi.py"} <= files
    assert any(name.endswith(".js") for name in files)
    assert any(name.endswith(".html") for name in files)


def test_more_than_a_thousand_messages_are_read() -> None:
    assert sum(1 for _ in messages()) > 1_000

"""The languages of a model are known without loading it, and pages offer only these languages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.accounts.models import Role
from app.captions import remaking
from app.captions.model_choice import languages_in_use
from app.captions.speech.model_languages import EVERY_LANGUAGE, languages_in
from app.captions.speech.models import expected_languages, find_model
from app.captions.speech.transcriber import WhisperTranscriber
from app.config import DEMO_MODEL, Config
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Take
from tests.answer_factories import make_captioned_answer, make_captioned_take
from tests.factories import NOON, enter, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

MANY = 51_865


def vocabulary(folder: Path, tokens: Sequence[str], size: int, name: str = "vocabulary.json") -> Path:
    """Write a vocabulary of a given size that contains these tokens."""
    every = [*tokens, *(f"word{number}" for number in range(size - len(tokens)))]
    (folder / name).write_text(json.dumps(every) if name.endswith("json") else "\n".join(every), "utf-8")
    return folder


@pytest.mark.parametrize("name", ["vocabulary.json", "vocabulary.txt"])
def test_a_model_of_many_languages_has_those_with_a_token(tmp_path: Path, name: str) -> None:
    folder = vocabulary(tmp_path, ["<|en|>", "<|cy|>", "<|tlh|>"], MANY, name)
    assert languages_in(folder, None) == {"en", "cy"}


def test_model_with_fewer_tokens_is_english_only(tmp_path: Path) -> None:
    assert languages_in(vocabulary(tmp_path, ["<|en|>", "<|cy|>"], MANY - 1), None) == {"en"}


def test_a_language_that_the_description_sets_is_the_only_one(tmp_path: Path) -> None:
    folder = vocabulary(tmp_path, ["<|en|>", "<|cy|>"], MANY)
    assert languages_in(folder, "cy") == {"cy"}
    assert languages_in(folder, "jv") == {"jw"}


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"{", b"7", b"null"])
def test_a_vocabulary_that_cannot_be_read_rules_out_no_language(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "vocabulary.json").write_bytes(content)
    assert languages_in(tmp_path, None) == EVERY_LANGUAGE


def test_a_changed_vocabulary_is_read_again(tmp_path: Path) -> None:
    assert languages_in(vocabulary(tmp_path, ["<|en|>", "<|cy|>"], MANY), None) == {"en", "cy"}
    assert languages_in(vocabulary(tmp_path, ["<|en|>", "<|cy|>", "<|es|>"], MANY), None) == {"en", "cy", "es"}


def test_the_library_loads_the_small_model_as_english_too() -> None:
    _description, whisper = WhisperTranscriber(str(DEMO_MODEL), "cpu", "int8").load()
    assert find_model(str(DEMO_MODEL)).languages == set(whisper.supported_languages) == {"en"}


@pytest.mark.parametrize(("name", "is_english"), [("tiny.en", True), ("base", False), ("/nowhere", False)])
def test_a_model_that_is_not_installed_is_judged_by_its_name(name: str, is_english: bool, config: Config) -> None:
    assert (expected_languages(name) == {"en"}) == is_english
    assert languages_in_use(config) == {"en"}


@pytest.fixture
def attempt(client: CheckingClient) -> Attempt:
    """A candidate in an interview in which answers may be in English, Spanish or Welsh. The model knows only English."""
    attempt = make_attempt(make_interview(answer_languages="es cy"))
    enter(client, attempt)
    return attempt


def test_with_a_model_of_one_language_a_candidate_is_offered_no_other(client: CheckingClient, attempt: Attempt) -> None:
    take = make_captioned_take(attempt)
    page = client.page(f"/interview/questions/{take.question_id}")
    assert page.select(f"#take-{take.id} [name=language]") == []
    assert "Language of the captions: English." in page.get_text()
    assert "cannot make captions in this language: Spanish, Welsh." in page.get_text()
    own = client.page(f"/interview/takes/{take.id}/captions")
    assert own.select("#caption-language") == []
    assert "knows one language only: English" in own.get_text()


def test_with_a_model_of_one_language_a_candidates_wish_for_another_is_refused(
    client: CheckingClient, attempt: Attempt
) -> None:
    take = make_captioned_take(attempt)
    answer = client.submit(f"/interview/takes/{take.id}/captions/language", {"language": "es"})
    assert answer.status_code == 422
    assert "The speech model does not know this language: Spanish." in answer.get_data(as_text=True)
    db.session.rollback()
    assert db.session.get_one(Take, take.id).language is None
    assert "answer_language" not in db.session.get_one(Attempt, attempt.id).preferences


def test_with_a_model_of_one_language_a_reviewer_is_offered_no_other(client: CheckingClient) -> None:
    reviewer = make_user(Role.REVIEWER)
    made = make_attempt(make_interview(reviewers=[reviewer], answer_languages="es"), submitted_at=NOON)
    answer = make_captioned_answer("I led a team", attempt=made)
    sign_in(client, reviewer)
    page = client.page(f"/review/captions/{answer.take_id}/versions")
    assert page.select("#caption-language") == []
    assert "knows one language only: English" in page.get_text()
    asked = client.submit(f"/review/captions/{answer.take_id}/language", {"language": "es"})
    assert asked.status_code == 422
    assert "does not know this language: Spanish" in asked.get_data(as_text=True)


@pytest.mark.usefixtures("app")
def test_an_offer_names_only_languages_that_the_model_knows() -> None:
    take = make_captioned_take(make_attempt(make_interview(language="ga", answer_languages="en es")))
    offer = remaking.offer_for(db.session(), db.session.get_one(Take, take.id), {"es", "cy"})
    assert offer
    assert ([tag for tag, _ in offer.languages], offer.only) == (["es", "cy"], None)


@pytest.mark.usefixtures("many_languages")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["es"], "Captions are being made in this language: Spanish."),
        (["es", "es"], "Captions are already being made in this language: Spanish."),
        (["en"], "These captions are already in this language: English."),
    ],
)
@pytest.mark.parametrize("sender", ["question", "captions"])
def test_a_candidate_is_told_what_a_wish_leads_to(
    client: CheckingClient, attempt: Attempt, asked: list[str], said: str, sender: str
) -> None:
    take = make_captioned_take(attempt)
    pages = {"question": f"/interview/questions/{take.question_id}", "captions": f"/interview/takes/{take.id}/captions"}
    for language in asked:
        client.submit(f"/interview/takes/{take.id}/captions/language", {"language": language, "from": sender})
    assert said in client.page(pages[sender]).get_text()

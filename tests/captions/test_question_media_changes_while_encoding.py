"""Changes by staff and candidates while question media is encoded: answers, other files and corrected captions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app import pipeline
from app.interviews.models import Interview
from tests.captions.question_media_forms import (
    HEVC,
    SHORT,
    SIGNED_HEVC,
    SPOKEN,
    coming,
    fields_of,
    files,
    give,
    kept,
    send,
    with_captions,
)
from tests.factories import make_attempt, make_take
from tests.page_check import CheckingClient


def test_media_of_a_question_answered_during_encoding_is_not_published(
    given: CheckingClient, address: str, interview: Interview, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    source = files()
    meanwhile(lambda: make_take(make_attempt(interview), interview.questions[0]))
    assert pipeline.encode_next()
    assert (kept(), files()) == ([], source)
    interview_page = given.page(f"/manage/interviews/{interview.id}")
    assert interview_page.find("a", string="Why the file of question 1 could not be used", href=address)
    page = given.page(address)
    assert "A candidate answered this question before the file was ready." in page.get_text()
    assert page.select_one("[data-hx-get]") is None
    assert not pipeline.encode_next()
    assert given.submit(f"{address}/coming/remove").status_code == 303
    assert (coming(), files()) == (None, [])


@pytest.mark.parametrize("how", ["replaced", "given up", "taken away", "removed with its question"])
def test_media_changed_while_it_is_encoded_leaves_nothing_behind(
    given: CheckingClient, address: str, meanwhile: Callable[[Callable[[], object]], None], how: str
) -> None:
    acts: dict[str, Callable[[], object]] = {
        "replaced": lambda: give(given, address, SIGNED_HEVC, None),
        "given up": lambda: given.submit(f"{address}/coming/remove"),
        "taken away": lambda: given.submit(f"{address}/remove"),
        "removed with its question": lambda: given.submit(address.replace("/prompt", "/remove")),
    }
    meanwhile(acts[how])
    assert pipeline.encode_next()
    assert kept() == []
    if how == "replaced":
        assert pipeline.encode_next()
        assert not kept()[0].has_audio
        assert sorted(files()) == sorted(kept()[0].keys)
    else:
        assert (files(), coming()) == ([], None)
        assert not pipeline.encode_next()


@pytest.mark.parametrize("is_at_work", [False, True])
def test_captions_corrected_before_it_is_ready_are_published_with_it(
    coordinator: CheckingClient,
    address: str,
    meanwhile: Callable[[Callable[[], object]], None],
    is_at_work: bool,
) -> None:
    form = fields_of(send(coordinator, address, HEVC, SHORT))
    corrected = with_captions(form, SHORT.replace(b"Tell us.", b"Tell us all."))
    assert coordinator.submit(f"{address}/captions", {**form, "do": "save"}).status_code == 303

    def correct() -> None:
        assert coordinator.submit(f"{address}/captions", corrected).status_code == 303

    if is_at_work:
        meanwhile(correct)
    else:
        correct()
    assert pipeline.encode_next()
    assert "Tell us all." in str(kept()[0].captions)
    assert sorted(files()) == sorted(kept()[0].keys)


def test_captions_corrected_on_a_page_from_before_it_was_ready_are_those_of_the_film(
    coordinator: CheckingClient, address: str
) -> None:
    form = fields_of(send(coordinator, address, HEVC, SHORT))
    assert coordinator.submit(f"{address}/captions", {**form, "do": "save"}).status_code == 303
    assert pipeline.encode_next()
    corrected = with_captions(form, SHORT.replace(b"Tell us.", b"Tell us all."))
    assert coordinator.submit(f"{address}/captions", corrected).status_code == 303
    assert ("Tell us all." in str(kept()[0].captions), kept()[0].codecs) == (True, "vp9, opus")
    assert sorted(files()) == sorted(kept()[0].keys)


@pytest.mark.parametrize("how", ["replaced", "replaced by one that waits", "removed"])
def test_captions_corrected_on_a_page_whose_film_was_replaced_are_shown_beside_those_that_are_saved(
    coordinator: CheckingClient, address: str, how: str
) -> None:
    form = fields_of(send(coordinator, address, HEVC, SHORT))
    assert coordinator.submit(f"{address}/captions", {**form, "do": "save"}).status_code == 303
    if how == "removed":
        assert coordinator.submit(f"{address}/coming/remove").status_code == 303
    else:
        give(coordinator, address, HEVC if "waits" in how else SPOKEN, SHORT.replace(b"Tell us.", b"Theirs."))
    before = sorted(files())
    answer = coordinator.submit(f"{address}/captions", with_captions(form, SHORT.replace(b"Tell us.", b"Mine.")))
    assert answer.status_code == 409
    assert "The video or sound of these captions was replaced or removed in the meantime" in answer.text
    assert "Mine." in answer.text
    assert ("Theirs." in answer.text) == (how != "removed")
    assert 'value="save"' not in answer.text
    assert sorted(files()) == before

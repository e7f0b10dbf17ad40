"""Each icon next to the state of a take has one meaning."""

from __future__ import annotations

import pytest

from app.recording.models import StageState, Take
from app.recording.take_sign import take_sign
from app.transaction import transaction
from tests.answer_factories import add_media, set_stages
from tests.factories import NOON, make_take


def sign_of(take: Take) -> str:
    """Return the icon for the stored take."""
    with transaction() as session:
        return take_sign(session.get_one(Take, take.id))


@pytest.mark.usefixtures("app")
def test_take_that_cannot_be_played_yet_has_the_sign_for_work() -> None:
    assert sign_of(make_take()) == "working"
    assert sign_of(make_take(stopped_at=NOON, complete_at=NOON)) == "working"


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("captions", [StageState.RUNNING, StageState.WAITING_FOR_MODEL, StageState.DONE])
def test_playable_take_has_the_sign_for_playing_whatever_its_captions_do(captions: StageState) -> None:
    take = make_take(stopped_at=NOON, complete_at=NOON)
    add_media(take.id)
    set_stages(take.id, StageState.DONE, captions)
    assert sign_of(take) == "ready"


@pytest.mark.usefixtures("app")
def test_take_that_plays_in_some_browsers_only_needs_attention() -> None:
    take = make_take(stopped_at=NOON, complete_at=NOON)
    add_media(take.id, plays_everywhere=False)
    set_stages(take.id, StageState.DONE, StageState.DONE)
    assert sign_of(take) == "attention"


@pytest.mark.usefixtures("app")
def test_unreadable_take_has_the_sign_for_a_problem() -> None:
    take = make_take(stopped_at=NOON, complete_at=NOON)
    set_stages(take.id, StageState.FAILED)
    assert sign_of(take) == "problem"

"""The limits of an upload: its size, its recorded time, and its segment number."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app import clock
from app.recording.models import Take
from app.recording.recorder_reports import HIGHEST_SEGMENT
from app.recording.rules import OVER_ITS_LIMIT_MS
from app.recording.upload import segments
from app.transaction import transaction
from tests.recording.uploading import (
    Tus,
    acknowledged,
    upload_at,
)


def test_an_upload_over_the_limit_is_refused_when_it_is_announced_and_when_it_grows(
    tus: Tus, take: Take, use_config: Callable[..., None]
) -> None:
    use_config(upload_limit=10)
    assert tus.create(take, length=11).status_code == 413
    address = tus.begin(take)
    assert tus.patch(address, 0, b"x" * 11).status_code == 413
    assert tus.patch(address, 0, b"x" * 8).status_code == 204
    assert tus.patch(address, 8, b"", Upload_Length=11).status_code == 413
    assert tus.patch(address, 8, b"xxx").status_code == 413
    assert acknowledged(address) == b"x" * 8


def test_the_limit_holds_for_all_uploads_of_a_take_together(
    tus: Tus, take: Take, use_config: Callable[..., None]
) -> None:
    use_config(upload_limit=10)
    first, second = tus.begin(take), tus.begin(take)
    assert tus.patch(first, 0, b"x" * 6).status_code == 204
    assert tus.patch(second, 0, b"x" * 5).status_code == 413
    assert tus.patch(second, 0, b"x" * 4).status_code == 204
    assert tus.create(take, length=1).status_code == 413


def test_a_creation_that_is_repeated_gives_the_same_upload(tus: Tus, take: Take) -> None:
    first = tus.begin(take, segment="1", session="random")
    tus.patch(first, 0, b"abc")
    assert tus.begin(take, segment="1", session="random") == first
    assert tus.create(take, segment="1", session="another").status_code == 409
    assert tus.begin(take, segment="2", session="another") != first


def test_ordinary_clients_get_the_next_segment(tus: Tus, take: Take) -> None:
    addresses = [tus.begin(take, filename="same") for _ in range(3)]
    assert [upload_at(address).segment for address in addresses] == [1, 2, 3]


@pytest.mark.parametrize(
    "segment", ["0", "-1", "one", "1.5", "9" * 12, "٣", "", "2001", "000001" + "0" * 20, "0" * 6 + "1"]
)
def test_a_segment_that_is_no_number_is_refused(tus: Tus, take: Take, segment: str) -> None:
    assert tus.create(take, segment=segment).status_code == 400


def test_the_number_of_uploads_of_a_take_is_bounded(tus: Tus, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MAX_SEGMENTS", 2)
    tus.begin(take)
    tus.begin(take)
    assert tus.create(take).status_code == 409


def test_after_the_highest_number_no_other_segment_begins(tus: Tus, take: Take) -> None:
    address = tus.begin(take, segment=str(HIGHEST_SEGMENT), recorder="one", session="one")
    assert upload_at(address).segment == HIGHEST_SEGMENT
    assert tus.create(take).status_code == 409
    assert tus.create(take, segment=str(HIGHEST_SEGMENT), recorder="one", session="two").status_code == 409
    assert tus.create(take, segment="1", recorder="one", session="three").status_code == 201


def test_a_number_announced_before_numbers_were_bounded_does_no_harm(tus: Tus, take: Take) -> None:
    with transaction() as session:
        stored = session.get_one(Take, take.id)
        stored.announced = [{"segment": 2**52, "bytes": 1, "recorded_ms": 0, "recorder": "one"}]
        stored.stopped_at = clock.now()
    tus.begin(take, segment="1", recorder="one", session="one")
    assert tus.create(take, segment="1", recorder="one", session="two").status_code == 409


def test_the_recorded_time_of_a_segment_is_kept_and_never_falls(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    tus.patch(address, 0, b"abc", Fairtake_Recorded_Ms=5000)
    tus.patch(address, 3, b"def", Fairtake_Recorded_Ms=4000)
    assert upload_at(address).recorded_ms == 5000


def test_the_limit_in_force_is_said_and_only_ever_lengthens(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    assert tus.head(address).headers["Fairtake-Recording-Seconds"] == "120"
    for given, said in ((60, "120"), (300, "300"), (None, "none")):
        with transaction() as session:
            session.get_one(Take, take.id).question.recording_seconds = given
        assert tus.head(address).headers["Fairtake-Recording-Seconds"] == said


def test_a_recording_that_is_longer_than_its_limit_is_kept_whole(tus: Tus, take: Take) -> None:
    address = tus.begin(take)
    hour = 3600 * 1000
    assert tus.patch(address, 0, b"x" * 1000, Fairtake_Recorded_Ms=hour).status_code == 204
    assert len(acknowledged(address)) == 1000


def test_past_its_limit_a_take_gets_no_other_part_until_it_is_given_more_time(tus: Tus, take: Take) -> None:
    first = tus.begin(take, segment="1", session="one")
    tus.patch(first, 0, b"abc", Fairtake_Recorded_Ms=120_000 + OVER_ITS_LIMIT_MS)
    second = tus.begin(take, segment="2", session="two")
    tus.patch(second, 0, b"def", Fairtake_Recorded_Ms=1)
    assert tus.create(take, segment="3", session="three").status_code == 409
    assert tus.patch(second, 3, b"ghi").status_code == 204, "what was begun is kept whole"
    with transaction() as session:
        session.get_one(Take, take.id).question.recording_seconds = 300
    assert tus.create(take, segment="3", session="three").status_code == 201

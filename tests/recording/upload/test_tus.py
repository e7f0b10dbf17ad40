"""The headers of the tus protocol are parsed and built."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.recording.upload import tus
from app.recording.upload.tus import ProtocolError, TusFault

DIGEST = hashlib.sha256(b"part").digest()


def coded(content: bytes | str) -> str:
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()


def part_headers(**more: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {"Content-Type": tus.PART_TYPE, "Upload-Offset": "0", "Content-Length": "4", **named}


def fault_of(error: pytest.ExceptionInfo[ProtocolError]) -> TusFault:
    return error.value.fault


@pytest.mark.parametrize("version", [None, "", "0.2.2", "1.0", "1.0.0 "])
def test_other_or_missing_version_is_refused(version: str | None) -> None:
    with pytest.raises(ProtocolError) as error:
        tus.check_version({} if version is None else {"Tus-Resumable": version})
    assert (fault_of(error), fault_of(error).status) == (TusFault.UNKNOWN_VERSION, 412)


def test_a_creation_has_a_length_or_defers_it() -> None:
    assert tus.parse_creation({"Upload-Length": "10"}).length == 10
    assert tus.parse_creation({"Upload-Defer-Length": "1"}).length is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upload-Length": "10", "Upload-Defer-Length": "1"},
        {"Upload-Defer-Length": "0"},
        {"Upload-Defer-Length": "yes"},
        {"Upload-Length": "-1"},
        {"Upload-Length": "1e3"},
        {"Upload-Length": "٣"},
        {"Upload-Length": ""},
        {"Upload-Length": "9" * 30},
    ],
)
def test_a_creation_without_exactly_one_of_them_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ProtocolError) as error:
        tus.parse_creation(headers)
    assert fault_of(error) == TusFault.BAD_HEADER


def test_metadata_is_pairs_of_a_key_and_a_coded_value() -> None:
    header = f"take {coded('abc')},note {coded('Grüße')}, empty,blank "
    assert tus.parse_metadata(header) == {"take": "abc", "note": "Grüße", "empty": "", "blank": ""}
    assert tus.parse_metadata("") == {}


@pytest.mark.parametrize(
    "header",
    [
        "take !!!",
        "take YQ==,take YQ==",
        "ta ke YQ==",
        ",",
        "take YQ==,,",
        "take /w==",
        "a" * 5000,
        "tåke YQ==",
        "take Y",
    ],
)
def test_metadata_that_cannot_be_read_is_refused(header: str) -> None:
    with pytest.raises(ProtocolError) as error:
        tus.parse_metadata(header)
    assert fault_of(error) == TusFault.BAD_HEADER


def test_a_part_says_where_it_begins_how_long_it_is_and_what_its_checksum_is() -> None:
    part = tus.parse_part_headers(part_headers(Upload_Checksum=f"sha256 {coded(DIGEST)}", Fairtake_Recorded_Ms="5000"))
    assert (part.offset, part.size, part.length, part.recorded_ms) == (0, 4, None, 5000)
    assert part.checksum is not None
    assert part.checksum.new().name == "sha256"
    assert part.checksum.digest == DIGEST


def test_a_part_without_a_length_is_empty_unless_it_comes_in_chunks() -> None:
    headers = {"Content-Type": tus.PART_TYPE, "Upload-Offset": "7"}
    assert tus.parse_part_headers(headers).size == 0
    assert tus.parse_part_headers({**headers, "Transfer-Encoding": "chunked"}).size is None


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ({"Content-Type": "application/octet-stream"}, TusFault.WRONG_TYPE),
        ({"Content-Type": ""}, TusFault.WRONG_TYPE),
        ({"Upload-Offset": "-4"}, TusFault.BAD_HEADER),
        ({"Upload-Offset": "four"}, TusFault.BAD_HEADER),
        ({"Upload-Length": "x"}, TusFault.BAD_HEADER),
        ({"Upload-Checksum": f"md5 {coded(DIGEST)}"}, TusFault.UNKNOWN_ALGORITHM),
        ({"Upload-Checksum": ""}, TusFault.UNKNOWN_ALGORITHM),
        ({"Upload-Checksum": "sha256 ???"}, TusFault.BAD_HEADER),
        ({"Upload-Checksum": f"sha256 {coded(DIGEST[:20])}"}, TusFault.BAD_HEADER),
        ({"Fairtake-Recorded-Ms": "1.5"}, TusFault.BAD_HEADER),
    ],
)
def test_a_part_that_cannot_be_read_is_refused(headers: dict[str, str], fault: TusFault) -> None:
    with pytest.raises(ProtocolError) as error:
        tus.parse_part_headers({**part_headers(), **headers})
    assert fault_of(error) == fault


def test_a_part_without_an_offset_is_refused() -> None:
    with pytest.raises(ProtocolError) as error:
        tus.parse_part_headers({"Content-Type": tus.PART_TYPE})
    assert (fault_of(error), error.value.header) == (TusFault.BAD_HEADER, "Upload-Offset")


@pytest.mark.parametrize(
    ("offset", "declared", "length", "room", "size", "fault"),
    [
        (0, None, None, 100, 50, None),
        (50, None, 100, 100, 50, None),
        (50, 100, None, 100, 50, None),
        (100, 100, 100, 100, 0, None),
        (49, None, 100, 100, 50, TusFault.WRONG_OFFSET),
        (50, 101, 100, 200, 0, TusFault.OTHER_LENGTH),
        (50, None, 100, 200, 51, TusFault.AFTER_THE_END),
        (50, 60, None, 200, 20, TusFault.AFTER_THE_END),
        (50, 40, None, 200, 0, TusFault.AFTER_THE_END),
        (50, None, None, 99, 50, TusFault.OVER_THE_LIMIT),
        (50, 101, None, 100, 10, TusFault.OVER_THE_LIMIT),
    ],
)
def test_a_part_has_to_fit(
    offset: int, declared: int | None, length: int | None, room: int, size: int, fault: TusFault | None
) -> None:
    part = tus.PartHeaders(offset=offset, size=size, length=declared, checksum=None, recorded_ms=None)
    stands_at = 50 if offset == 49 else offset
    if fault is None:
        tus.check_fits(part, offset=stands_at, length=length, room=room, size=size)
        return
    with pytest.raises(ProtocolError) as error:
        tus.check_fits(part, offset=stands_at, length=length, room=room, size=size)
    assert fault_of(error) == fault


def test_the_state_of_an_upload_says_what_is_known() -> None:
    expires = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    open_ended = tus.state_headers(offset=3, length=None, metadata="take YQ==", expires_at=expires)
    assert open_ended == {
        "Upload-Offset": "3",
        "Upload-Defer-Length": "1",
        "Upload-Metadata": "take YQ==",
        "Upload-Expires": "Mon, 30 Nov 2026 12:00:00 GMT",
        "Cache-Control": "no-store",
    }
    finished = tus.state_headers(offset=3, length=3, metadata="", expires_at=expires)
    assert finished == {"Upload-Offset": "3", "Upload-Length": "3", "Cache-Control": "no-store"}


@given(
    st.dictionaries(
        st.text("abcXYZ-_09", min_size=1, max_size=8),
        st.text(st.characters(exclude_characters="\0"), max_size=20),
        max_size=5,
    )
)
def test_any_metadata_is_read_back_unchanged(metadata: dict[str, str]) -> None:
    header = ",".join(f"{key} {coded(value)}".strip() for key, value in metadata.items())
    assert tus.parse_metadata(header) == metadata


@given(st.text(max_size=60))
def test_no_header_makes_the_reader_fail_in_another_way(value: str) -> None:
    for read in (tus.parse_metadata, tus.parse_checksum):
        with suppress(ProtocolError):
            read(value)

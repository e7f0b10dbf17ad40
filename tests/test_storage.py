"""Storage works in the same way with a local folder and with a bucket of an S3 server on this machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage import (
    RANGE,
    BucketStorage,
    LocalStorage,
    Storage,
    StorageUnavailableError,
    fetch_to,
    open_storage,
    read,
    validate_key,
)
from tools.s3_server import CREDENTIALS, Bucket, running_s3_server
from tools.swift_server import is_installed, running_swift

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """The address of an S3 server with one bucket, `recordings`."""
    with running_s3_server() as address:
        with urlopen(Request(f"{address}/recordings", method="PUT")):
            pass
        yield address


@pytest.fixture(scope="module")
def swift() -> Iterator[Bucket]:
    """A bucket of OpenStack Swift, which refuses more than the other server."""
    if not is_installed():
        pytest.skip("OpenStack Swift is not installed: make swift")
    with running_swift("recordings") as bucket:
        yield bucket


@pytest.fixture(params=["folder", "bucket", pytest.param("swift", marks=pytest.mark.services)])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """An empty storage of each kind."""
    if request.param == "folder":
        return open_storage(f"file://{tmp_path / 'recordings'}")
    if request.param == "swift":
        bucket: Bucket = request.getfixturevalue("swift")
    else:
        bucket = Bucket(request.getfixturevalue("s3_server"), CREDENTIALS)
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT", bucket.address)
    return open_storage(f"s3://recordings/{tmp_path.name.replace('_', '-')}")


def test_stored_bytes_can_be_read(storage: Storage) -> None:
    storage.put("parts/ab/one", b"spoken")
    assert read(storage, "parts/ab/one") == b"spoken"
    assert storage.size("parts/ab/one") == 6


def test_a_second_put_replaces_the_first(storage: Storage) -> None:
    storage.put("parts/one", b"first and longer")
    storage.put("parts/one", b"second")
    assert read(storage, "parts/one") == b"second"


def test_created_object_can_be_read_after_its_flush(storage: Storage) -> None:
    flushes = [storage.create(f"parts/ab/{name}", content) for name, content in (("one", b"spoken"), ("none", b""))]
    for flush in flushes:
        flush()
    storage.flush_names(["parts/ab/one", "parts/ab/none"])
    assert (read(storage, "parts/ab/one"), read(storage, "parts/ab/none")) == (b"spoken", b"")
    assert sorted(storage.list("parts")) == ["parts/ab/none", "parts/ab/one"]


def test_empty_object_can_be_stored(storage: Storage) -> None:
    storage.put("parts/none", b"")
    assert (storage.size("parts/none"), read(storage, "parts/none")) == (0, b"")


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [(0, 3, b"012"), (4, None, b"456789"), (8, 100, b"89"), (3, 0, b""), (10, None, b""), (50, 2, b"")],
)
def test_a_range_gives_exactly_its_bytes(storage: Storage, start: int, length: int | None, expected: bytes) -> None:
    storage.put("parts/digits", b"0123456789")
    assert b"".join(storage.stream("parts/digits", start, length)) == expected


def test_large_file_can_be_read_whole_and_in_pieces(storage: Storage, tmp_path: Path) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(os.urandom(2 * RANGE + 12345))
    storage.put_file("takes/a/media.webm", source)
    assert all(len(piece) <= RANGE for piece in storage.stream("takes/a/media.webm"))
    fetch_to(storage, "takes/a/media.webm", copy)
    assert copy.read_bytes() == source.read_bytes()
    assert b"".join(storage.stream("takes/a/media.webm", RANGE - 3, 6)) == source.read_bytes()[RANGE - 3 : RANGE + 3]


def test_missing_key_is_reported_before_the_first_byte(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError):
        storage.size("parts/missing")
    with pytest.raises(FileNotFoundError):
        storage.stream("parts/missing")


def test_a_file_that_is_not_there_cannot_be_put(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        storage.put_file("takes/a/media.webm", tmp_path / "missing")
    assert list(storage.list("takes")) == []


def test_deleting_twice_is_not_an_error(storage: Storage) -> None:
    storage.put("parts/one", b"1")
    storage.delete("parts/one")
    storage.delete("parts/one")
    assert list(storage.list("parts")) == []


def test_list_contains_only_objects_below_the_folder(storage: Storage) -> None:
    for key in ("parts/ab/one", "parts/cd/two", "partsale/three", "takes/four"):
        storage.put(key, b"x")
    assert sorted(storage.list("parts")) == ["parts/ab/one", "parts/cd/two"]
    assert list(storage.list("nothing")) == []


@pytest.mark.parametrize(
    "key",
    ["../escape", "parts/../../escape", "/etc/passwd", "parts//one", "", ".", "parts/.hidden", "Parts/one", "a\0b",
     "a\\b", "parts/one/", "x" * 201, "parts/é"],
)  # fmt: skip
def test_a_key_that_could_leave_the_root_is_refused_everywhere(storage: Storage, key: str) -> None:
    acts = [storage.size, storage.stream, storage.delete, storage.local_path]
    for act in (
        *acts,
        lambda key: storage.put(key, b"x"),
        lambda key: storage.create(key, b"x"),
        lambda key: list(storage.list(key)),
    ):
        with pytest.raises(ValueError, match="not a storage key"):
            act(key)


@given(st.text(alphabet="ab./\\~%\0-_", max_size=12))
def test_no_key_that_is_accepted_leaves_the_root(key: str) -> None:
    root = Path("/srv/recordings")
    try:
        validate_key(key)
    except ValueError:
        return
    assert Path(os.path.normpath(root / key)).is_relative_to(root)
    assert Path(os.path.normpath(root / key)) != root


def test_unavailable_bucket_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StorageUnavailableError):
        BucketStorage("s3://recordings/x").put("parts/one", b"1")


def test_object_is_never_created_over_another(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.create("parts/one", b"1")()
    with pytest.raises(StorageUnavailableError):
        storage.create("parts/one", b"2")
    assert read(storage, "parts/one") == b"1"


def test_object_is_not_created_through_a_link_that_leaves_the_root(tmp_path: Path) -> None:
    storage, outside = LocalStorage(tmp_path / "root"), tmp_path / "outside"
    outside.mkdir()
    (storage.root / "parts").symlink_to(outside)
    with pytest.raises(ValueError, match="not a storage key"):
        storage.create("parts/one", b"1")
    assert list(outside.iterdir()) == []


def test_empty_folders_go_with_their_last_file_while_others_write(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)

    def write_and_delete(name: str) -> None:
        for _ in range(100):
            storage.put(f"parts/ab/{name}", b"1")
            assert read(storage, f"parts/ab/{name}") == b"1"
            storage.delete(f"parts/ab/{name}")
            storage.create(f"parts/ab/{name}", b"2")()
            assert read(storage, f"parts/ab/{name}") == b"2"
            storage.delete(f"parts/ab/{name}")

    problems: list[BaseException] = []

    def run(name: str) -> None:
        try:
            write_and_delete(name)
        except BaseException as problem:  # noqa: BLE001 - handed to the test's own thread
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(f"file{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_writes_that_never_ended_are_removed_once_they_are_old(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("parts/one", b"1")
    leftover = tmp_path / "parts" / ".two.0123456789ab"
    leftover.write_bytes(b"half")
    assert storage.remove_leftovers(NOW - timedelta(days=1)) == 0
    assert storage.remove_leftovers(NOW + timedelta(days=1)) == 1
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["one"]

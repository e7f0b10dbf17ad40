"""Searches for personal data in every test: in Redis, temporary files, and logs (`tests.log_watch`).

`tests.after_suite` searches all files once more after the last test.
"""

from __future__ import annotations

import binascii
import json
import re
import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from redis import Redis

from tools.redis_server import running_redis

PERSONAL = re.compile(r"\b(?:candidate|person)\d+@example\.org\b|\b(?:Candidate|Person) \d+\b")
"""Matches the names and addresses that the factories use."""
PERSONAL_BYTES = re.compile(PERSONAL.pattern.encode())


@contextmanager
def watched_redis(folder: Path) -> Iterator[str]:
    """Run a Redis server and yield its address. At the end, search everything in it for personal data."""
    with running_redis(folder) as address:
        yield address
        assert PERSONAL.findall(in_redis(Redis.from_url(address))) == []


def in_redis(redis: Redis) -> str:
    """Return everything in Redis, decoded."""
    found: list[bytes] = []
    for key in redis.scan_iter():
        kind = redis.type(key).decode()
        values: Any = {
            "string": lambda key=key: [redis.get(key)],
            "hash": lambda key=key: [part for pair in redis.hgetall(key).items() for part in pair],
            "list": lambda key=key: redis.lrange(key, 0, -1),
            "set": lambda key=key: list(redis.smembers(key)),
            "zset": lambda key=key: redis.zrange(key, 0, -1),
            "stream": lambda key=key: [part for _id, row in redis.xrange(key) for pair in row.items() for part in pair],
        }[kind]()
        found += [key, *values]
    return "\n".join(_unpacked(value) for value in found)


def _unpacked(value: bytes) -> str:
    """Return a value as text. RQ compresses some values and encodes some in base64."""
    with suppress(zlib.error):
        return zlib.decompress(value).decode(errors="replace")
    with suppress(zlib.error, binascii.Error):
        return zlib.decompress(b64decode(value)).decode(errors="replace")
    return value.decode(errors="replace")


def in_files(*folders: Path) -> str:
    """Return the names and contents of all files in these folders."""
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_socket()]
    return "\n".join(f"{path}\n{path.read_bytes().decode(errors='replace')}" for path in paths)


class AnswerTexts:
    """The texts of the answers, written and spoken, that the factories made in this process.

    Short texts are left out, because they may occur by chance.
    """

    MIN_LENGTH = 20
    made: ClassVar[set[str]] = set()

    @classmethod
    def note(cls, *texts: str) -> None:
        """Remember the texts of an answer."""
        cls.made |= {text for text in texts if len(text) >= cls.MIN_LENGTH}

    @classmethod
    def write(cls, path: Path) -> None:
        """Write the texts into a file, for the process that searches for them."""
        path.write_text(json.dumps(sorted(cls.made)))

    @staticmethod
    def read(paths: Iterable[Path]) -> re.Pattern[bytes] | None:
        """Return a pattern of the texts in these files, or None if there are no texts."""
        texts = {text for path in paths for text in json.loads(path.read_text())}
        return re.compile(b"|".join(re.escape(text.encode()) for text in sorted(texts))) if texts else None


def leak_in(path: Path, texts: re.Pattern[bytes] | None) -> str | None:
    """Return the first personal data in a file, or None. Compressed values of RQ are unpacked."""
    content = path.read_bytes()
    if path.suffix == ".aof":
        content = b"\n".join([content, *_packed_values(content)])
    found = PERSONAL_BYTES.search(content) or (texts.search(content) if texts else None)
    return found.group().decode(errors="replace")[:100] if found else None


def _packed_values(content: bytes) -> Iterator[bytes]:
    for start in re.finditer(rb"x\x9c", content):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(content[start.start() :])

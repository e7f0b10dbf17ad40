"""How long does a search take among a million cues, against the bare statements that it sends, in the same run?

Half of the searches go through one interview of two hundred, half through all of them. What is compared with is what the
database's own driver needs for the very same statements, rows fetched. PostgreSQL is measured too where
FAIRTAKE_TEST_DATABASE_URL names a server.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url

from app.extensions import db
from app.ids import new_id
from app.interviews.models import Interview
from app.review import search
from app.review.query import Query, parse_query
from app.transaction import transaction
from benchmarks.search_corpus import Corpus, fill
from benchmarks.setting import Figure, application, folder, median_and_95th, seconds

CUES = int(os.environ.get("FAIRTAKE_BENCH_CUES", "1000000"))
SEARCHES_EACH = 12
"""Of every kind, in one interview and in all."""
ROUNDS = 5
ADDED = 50

Statement = tuple[str, Any]
Timing = tuple[float, float]


def measure() -> list[Figure]:
    """Fill a database, search it in every way that a reviewer can, and add to it."""
    figures = []
    with folder() as place:
        figures += _on("SQLite", place, None)
        with _postgresql() as address:
            if address:
                figures += _on("PostgreSQL", place, address)
    return figures


def _on(name: str, place: Path, address: str | None) -> list[Figure]:
    with application(place, address):
        corpus: list[Corpus] = []
        filling = seconds(lambda: corpus.append(fill(CUES)))
        if address:
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE"))
        figures = [
            _figure(f"search, {kind}, {CUES:,} cues, {name}", _time(queries, scope))
            for kind, queries, scope in _searches(corpus[0])
        ]
        adding = _adding()
    per_cue = filling / CUES * 1e6
    figures.append(Figure(f"making captions findable, an answer of 25 cues, {name}", f"{adding * 1000:.1f} ms"))
    figures.append(Figure(f"filling the database, {name}", f"{filling:.0f} s, {per_cue:.0f} µs a cue"))
    return figures


def _searches(corpus: Corpus) -> Iterator[tuple[str, list[Query], list[list[Interview]]]]:
    chance = random.Random(1)
    kinds = {kind: [parse_query(make(chance, corpus)) for _ in range(SEARCHES_EACH)] for kind, make in KINDS.items()}
    all_queries = [query for queries in kinds.values() for query in queries]
    one = [[chance.choice(corpus.interviews)] for _ in all_queries]
    yield "one interview", all_queries, one
    yield "all 200 interviews", all_queries, [list(corpus.interviews)] * len(all_queries)


def _common(chance: random.Random, corpus: Corpus) -> str:
    return corpus.vocabulary[chance.randrange(0, 30)]


def _ordinary(chance: random.Random, corpus: Corpus) -> str:
    return corpus.vocabulary[chance.randrange(100, 3000)]


def _rare(chance: random.Random, corpus: Corpus) -> str:
    return corpus.vocabulary[chance.randrange(10_000, 30_000)]


def _phrase(chance: random.Random, corpus: Corpus) -> str:
    first, second = chance.choice(corpus.sample)
    return '"' + " ".join((first + " " + second).split()[6:8]) + '"'


def _phrase_across_cues(chance: random.Random, corpus: Corpus) -> str:
    first, second = chance.choice(corpus.sample)
    return f'"{first.split()[-1]} {second.split()[0]}"'


KINDS: dict[str, Callable[[random.Random, Corpus], str]] = {
    "common": _common,
    "ordinary": _ordinary,
    "rare": _rare,
    "two words": lambda chance, corpus: f"{_common(chance, corpus)} {_ordinary(chance, corpus)}",
    "phrase": _phrase,
    "phrase across cues": _phrase_across_cues,
    "prefix": lambda chance, corpus: f"{_ordinary(chance, corpus)[:4]}*",
    "exclusion": lambda chance, corpus: f"{_ordinary(chance, corpus)} -{_common(chance, corpus)}",
}


def _time(queries: Sequence[Query], scopes: Sequence[Sequence[Interview]]) -> list[Timing]:
    """Return (ours, bare) seconds of each search, the median of some rounds in which both take turns."""
    timings = []
    for query, scope in zip(queries, scopes, strict=True):
        statements = _statements(query, scope)
        ours, bare = [], []
        for _ in range(ROUNDS):
            bare.append(seconds(lambda: _send(statements)))  # noqa: B023 - called at once
            ours.append(seconds(lambda: _search(query, scope)))  # noqa: B023
        timings.append((statistics.median(ours), statistics.median(bare)))
    return timings


def _search(query: Query, scope: Sequence[Interview]) -> None:
    search.search_answers(db.session(), query, interviews=scope)


def _statements(query: Query, scope: Sequence[Interview]) -> list[Statement]:
    """Return what a search sends to the database."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "SELECT" in statement:  # and not BEGIN
            sent.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        _search(query, scope)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return sent


def _send(statements: Sequence[Statement]) -> None:
    """Send statements by the database's own driver, on the connection that the session uses."""
    connection: Any = db.session().connection().connection.dbapi_connection
    for statement, parameters in statements:
        cursor = connection.cursor()
        cursor.execute(statement, parameters)
        cursor.fetchall()
        cursor.close()


def _adding() -> float:
    """Return the median seconds of indexing one answer anew, transaction included."""
    answers = db.session.scalars(
        text("SELECT answer_id FROM cue_search_document ORDER BY id LIMIT :n"), {"n": ADDED}
    ).all()
    db.session.rollback()
    samples = []
    for answer in answers:
        with transaction() as session:
            session.execute(text("DELETE FROM cue_search_document WHERE answer_id = :a"), {"a": answer})
        began = time.perf_counter()
        with transaction() as session:
            search.index_answers(session, [answer])
        samples.append(time.perf_counter() - began)
    return statistics.median(samples)


def _figure(question: str, timings: Sequence[Timing]) -> Figure:
    (ours, ours_slow), (bare, bare_slow) = (median_and_95th(samples) for samples in zip(*timings, strict=True))
    return Figure(
        question,
        f"{ours * 1000:.1f} ms, 95 % within {ours_slow * 1000:.1f} ms",
        f"{bare * 1000:.1f} ms, 95 % within {bare_slow * 1000:.1f} ms",
        ours_slow / bare_slow,
    )


@contextmanager
def _postgresql() -> Iterator[str | None]:
    """Give the address of a database of our own on the server that is named, None where none is."""
    server = os.environ.get("FAIRTAKE_TEST_DATABASE_URL")
    if not server:
        yield None
        return
    url = make_url(server.replace("postgresql://", "postgresql+psycopg://", 1))
    name = f"fairtake_bench_{new_id()[:8]}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()

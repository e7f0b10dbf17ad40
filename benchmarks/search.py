"""How long does a search in a million cues take, compared with running only its SQL statements?

A third of the searches look in one answer, a third in one interview, and a third in all 200 interviews. For comparison,
the same statements are sent with the database's own driver, and their rows are fetched. This is measured on SQLite and
on PostgreSQL: a temporary server from this machine's packages, or the server in FAIRTAKE_TEST_DATABASE_URL.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url

from app.extensions import db
from app.ids import new_id
from app.interviews.models import Interview
from app.recording.models import Answer
from app.review.search import services as search
from app.review.search.query import Query, parse_query
from app.review.services import read_answer
from app.transaction import transaction
from benchmarks.search_corpus import Corpus, fill
from benchmarks.setting import Figure, application, folder, median_and_95th, seconds
from tools.postgres import NoPostgres, running_postgres

CUES = int(os.environ.get("FAIRTAKE_BENCH_CUES", "1000000"))
SEARCHES_EACH = 12
"""Number of searches of each kind in each scope (one answer, one interview, all interviews)."""
ROUNDS = 5
ADDED = 50

Statement = tuple[str, Any]
Search = Callable[[], object]
Timing = tuple[float, float]


def measure() -> list[Figure]:
    """On SQLite and PostgreSQL: fill a database, run every kind of search in it, and index answers again."""
    figures = []
    with folder() as place:
        figures += _on("SQLite", place, None)
        try:
            with _postgresql() as address:
                figures += _on("PostgreSQL", place, address)
        except NoPostgres as problem:
            figures.append(Figure("search, PostgreSQL", f"not measured: {problem}"))
    return figures


def _on(name: str, place: Path, address: str | None) -> list[Figure]:
    with application(place, address):
        corpus: list[Corpus] = []
        filling = seconds(lambda: corpus.append(fill(CUES)))
        if address:
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE"))
        timings = {where: [_time(each) for each in searches] for where, searches in _searches(corpus[0])}
        adding = _adding()
    figures = [_figure(f"search, {CUES:,} cues, {name}", [each for timed in timings.values() for each in timed])]
    figures += [_figure(f"of these, in {where}", timed) for where, timed in timings.items()]
    per_cue = filling / CUES * 1e6
    figures.append(Figure(f"making captions findable, an answer of 25 cues, {name}", f"{adding * 1000:.1f} ms"))
    figures.append(Figure(f"filling the database, {name}", f"{filling:.0f} s, {per_cue:.0f} µs a cue"))
    return figures


def _searches(corpus: Corpus) -> Iterator[tuple[str, list[Search]]]:
    chance = random.Random(1)
    queries = [parse_query(make(chance, corpus)) for make in KINDS for _ in range(SEARCHES_EACH)]
    answers = db.session.scalars(text("SELECT answer_id FROM cue_search_document ORDER BY id DESC LIMIT 500")).all()
    yield "one answer", [partial(_search_answer, query, chance.choice(answers)) for query in queries]
    yield "one interview", [partial(_search, query, [chance.choice(corpus.interviews)]) for query in queries]
    yield f"all {len(corpus.interviews)} interviews", [partial(_search, query, corpus.interviews) for query in queries]


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


def _two_words(chance: random.Random, corpus: Corpus) -> str:
    return f"{_common(chance, corpus)} {_ordinary(chance, corpus)}"


def _prefix(chance: random.Random, corpus: Corpus) -> str:
    return f"{_ordinary(chance, corpus)[:4]}*"


def _exclusion(chance: random.Random, corpus: Corpus) -> str:
    return f"{_ordinary(chance, corpus)} -{_common(chance, corpus)}"


KINDS = (_common, _ordinary, _rare, _two_words, _phrase, _phrase_across_cues, _prefix, _exclusion)


def _time(search_once: Search) -> Timing:
    """Return (time of our search, time of its SQL statements alone) in seconds, as medians of alternating rounds."""
    statements = _statements(search_once)
    ours, bare = [], []
    for _ in range(ROUNDS):
        bare.append(seconds(lambda: _send(statements)))
        ours.append(seconds(search_once))
    return statistics.median(ours), statistics.median(bare)


def _search(query: Query, scope: Sequence[Interview]) -> None:
    search.search_answers(db.session(), query, interviews=scope)


def _search_answer(query: Query, answer_id: str) -> None:
    """Do what the page of an answer does: load the whole transcript and mark the words of the query."""
    session = db.session()
    session.expunge_all()  # as in a new request
    read_answer(session, session.get_one(Answer, answer_id), query)


def _statements(search_once: Search) -> list[Statement]:
    """Return the statements that a search sends to the database."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement != "BEGIN":
            sent.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        search_once()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return sent


def _send(statements: Sequence[Statement]) -> None:
    """Send statements with the database's own driver, on the session's connection."""
    connection: Any = db.session().connection().connection.dbapi_connection
    for statement, parameters in statements:
        cursor = connection.cursor()
        cursor.execute(statement, parameters)
        if cursor.description:
            cursor.fetchall()
        cursor.close()


def _adding() -> float:
    """Return the median time, in seconds, of indexing an answer again, including the transaction."""
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
def _postgresql() -> Iterator[str]:
    """Yield the URL of a new database, on the configured server or on a temporary one.

    Raises NoPostgres if no server can be started.
    """
    named = os.environ.get("FAIRTAKE_TEST_DATABASE_URL")
    with nullcontext(named) if named else running_postgres() as server:
        url = make_url(server.replace("postgresql://", "postgresql+psycopg://", 1))
        name = f"fairtake_bench_{new_id()[:8]}"
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        yield url.set(database=name).render_as_string(hide_password=False)
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()

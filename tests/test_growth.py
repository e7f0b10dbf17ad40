"""The cost of pages and of the sweep does not grow with the number of candidates: statements, size, and rows read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, g
from sqlalchemy import select, text

from app import clock, create_app, pipeline
from app.accounts.models import StaffUser
from app.config import Config
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording.services import due_for_check
from app.recording.unsent import may_be_over
from app.transaction import transaction
from tests.browser.every_page import NO_PAGES
from tests.factories import enter, make_attempt, make_interview, sign_in
from tests.growth_world import GrowthWorld, Size, fill
from tests.page_check import CheckingClient
from tests.review.desk_pages import counted_queries

IDS = ("invitation", "attempt", "answer", "take", "written", "request", "asked", "writing")
SMALL = Size(candidates=100, in_one=80, others=4, captions=60)
LARGE = Size(candidates=1200, in_one=1100, others=60, captions=60)
MAX_PAGE_BYTES = 100_000
"""Pages are fetched with three questions and names of normal length."""
NO_LIST = {
    "accounts.sign_in_page", "pages.accessibility_statement", "interview.invitation", "interview.declined",
    "interview.left", "interview.help_page", "interview.check_answers", "recording.device_check", "recording.practice",
    "recording.file_page", "manage.new_interview", "manage.remove_question", "question_media.edit", "question_media.captions",
    "people.certificate", "scores.hand_in", "reopening.reopen", "captions.version", "captions.own_captions",
    "status.status", "recording.trim_page",
}  # fmt: skip
"""Other endpoints without a list. Each shows one record that does not grow with the world."""


def addresses(world: GrowthWorld) -> dict[str, tuple[str, str]]:
    """Return the person who opens a page and its address, by the endpoint's name (and the name of the case, if there
    are several).
    """
    ids, interview, question = world.ids, world.interview, world.question
    manage, review, compliance = f"/manage/interviews/{interview}", f"/review/interviews/{interview}", "/compliance"
    one = f"{compliance}/people/{ids['invitation']}"
    answer = f"/review/answers/{ids['answer']}"
    candidate = {
        "interview.task_list": "/interview/", "interview.consent": "/interview/consent", "interview.preferences": "/interview/preferences",
        "accommodations.own": "/interview/accommodations", "recording.question_page": f"/interview/questions/{question}",
        "recording.takes": f"/interview/questions/{question}/takes",
        "recording.written_page": f"/interview/questions/{question}/written",
    }  # fmt: skip
    sent = {"interview.receipt": "/interview/receipt"}
    reviewer = {
        "review.interviews": "/review/", "review.interview": review, "review.answer": answer,
        "review.answer written": f"/review/answers/{ids['written']}", "scores.panel_page": f"{review}/panel",
        "scores.side_by_side": f"{review}/questions/{question}", "review.search": f"{review}/search?q=visitors",
        "review.search_all": "/review/search?q=visitors", "captions.editor": f"/review/captions/{ids['take']}",
        "captions.import_page": f"/review/captions/{ids['take']}/file",
        "captions.versions": f"/review/captions/{ids['take']}/versions",
    }  # fmt: skip
    coordinator = {
        "manage.interviews": "/manage/", "manage.interview": manage, "manage.change_interview": f"{manage}/change",
        "manage.new_question": f"{manage}/questions/new",
        "manage.change_question": f"{manage}/questions/{question}",
        "invitations.invitations": f"{manage}/invitations/", "invitations.invitations search":
        f"{manage}/invitations/?q=candidate", "invitations.new_invitation": f"{manage}/invitations/new",
        "invitations.cancel_invitation": f"{manage}/invitations/{ids['asked']}/cancel",
        "decisions.policy": f"{manage}/accommodations", "rubrics.scoring": f"{manage}/scoring",
        "decisions.queue": "/manage/requests", "decisions.decide": f"/manage/requests/{ids['request']}",
        "decisions.candidate": f"/manage/invitations/{ids['asked']}/accommodations",
        "captions.needed_captions": "/manage/captions",
    }  # fmt: skip
    officer = {
        "compliance.overview": f"{compliance}/?page=2", "people.find": f"{compliance}/people/",
        "people.find search": f"{compliance}/people/?q=candidate", "people.person": one, "people.erase": f"{one}/erase",
        "people.hold": f"{one}/hold", "reports.report": f"{compliance}/report/",
        "reports.report one": f"{compliance}/report/?interview={interview}",
        "retention.overview": f"{compliance}/retention/",
        "retention.hold": f"{compliance}/retention/interviews/{interview}/hold",
        "reviewers.exceptions": f"{compliance}/interviews/{interview}/reviewers/",
    }  # fmt: skip
    pages = {
        "writing": candidate,
        "sent": sent,
        "reviewer": reviewer,
        "coordinator": coordinator,
        "compliance": officer,
    }
    return {name: (who, address) for who, theirs in pages.items() for name, address in theirs.items()}


@dataclass(frozen=True)
class Cost:
    """The cost of a page: its number of statements, and its size in bytes."""

    statements: int
    size: int


def costs(app: Flask, size: Size) -> dict[str, Cost]:
    """Fill the empty database and fetch every page twice. Return the cost of the second time, by the name of the page."""
    world = fill(size, now=clock.now())
    clients: dict[str, CheckingClient] = {}
    for who in ("reviewer", "coordinator", "compliance"):
        clients[who] = client_of(app)
        sign_in(clients[who], getattr(world, who))
    for who, attempt in (("writing", world.ids["writing"]), ("sent", world.ids["attempt"])):
        clients[who] = client_of(app)
        enter(clients[who], db.session.get_one(Attempt, attempt))
    return {name: cost(clients[who], address) for name, (who, address) in addresses(world).items()}


def client_of(app: Flask) -> CheckingClient:
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    return client


def cost(client: CheckingClient, address: str) -> Cost:
    for _ in range(2):
        db.session.remove()
        g.pop("user", None)
        g.pop("session_is_ended", None)
        with counted_queries() as statements:
            page = client.get(address, check=False)
        assert page.status_code == 200, address
    return Cost(len(statements), len(page.data))


@pytest.fixture(scope="module")
def costs_of_two_sizes(
    tmp_path_factory: pytest.TempPathFactory, base_config: Config, new_database: Callable[[], str]
) -> dict[str, tuple[Cost, Cost]]:
    """The costs of every page in a small and in a large world."""
    found = []
    for size in (SMALL, LARGE):
        folder = tmp_path_factory.mktemp("growth")
        app = create_app(replace(base_config, database_url=new_database(), storage_url=f"file://{folder}/media"))
        app.config["TESTING"] = True
        app.test_client_class = CheckingClient
        with app.app_context():
            found.append(costs(app, size))
            db.session.remove()
            db.engine.dispose()
    small, large = found
    return {name: (small[name], large[name]) for name in small}


NAMES = tuple(addresses(GrowthWorld(datetime.now(UTC), *[StaffUser()] * 3, "", "", dict.fromkeys(IDS, ""))))


def test_every_route_that_shows_a_list_or_a_record_is_listed(app: Flask) -> None:
    listed = {name.split(" ")[0] for name in NAMES}
    found = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert found - NO_PAGES - NO_LIST == listed - NO_PAGES


@pytest.mark.parametrize("name", NAMES)
def test_page_costs_as_many_statements_with_few_as_with_many(
    costs_of_two_sizes: dict[str, tuple[Cost, Cost]], name: str
) -> None:
    small, large = costs_of_two_sizes[name]
    assert large.statements == small.statements


@pytest.mark.parametrize("name", NAMES)
def test_page_has_at_most_100_kb(costs_of_two_sizes: dict[str, tuple[Cost, Cost]], name: str) -> None:
    assert costs_of_two_sizes[name][1].size <= MAX_PAGE_BYTES


def test_sweep_costs_as_many_statements_with_few_as_with_many_if_nothing_is_due(app: Flask) -> None:
    def idle() -> int:
        app.extensions["fairtake_tidied"] = clock.now()
        with counted_queries() as statements:
            pipeline.sweep()
        return len(statements)

    for _ in range(3):
        empty = idle()
    fill(LARGE, now=clock.now())
    for _ in range(3):
        full = idle()
    assert full == empty


def test_sweep_looks_only_at_attempts_whose_time_has_come(app: Flask) -> None:
    world = fill(SMALL, now=clock.now())
    assert due_for_check(db.session(), now=clock.now()) == []
    late = make_attempt(make_interview(deadline_at=world.now - timedelta(days=2)))
    assert due_for_check(db.session(), now=clock.now()) == [late.id]
    pipeline.sweep()
    assert due_for_check(db.session(), now=clock.now()) == []
    assert db.session.get_one(Attempt, late.id).sweep_at is None, "there is nothing to send, and nothing can be added"


def test_attempt_that_has_lost_its_deadline_counts_as_one_that_may_be_over(app: Flask) -> None:
    interview = make_interview(deadline_at=clock.now() + timedelta(days=9))
    attempt = make_attempt(interview)
    pipeline.sweep()

    def found() -> list[str]:
        return list(db.session.scalars(select(Attempt.id).where(may_be_over(clock.now()))))

    assert found() == []
    with transaction() as session:
        session.get_one(Interview, interview.id).deadline_at = None
    assert found() == [attempt.id]
    pipeline.sweep()
    assert found() == [attempt.id]


@pytest.mark.every_database
def test_postgresql_compiles_no_queries(app: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no compiler to turn off")
    assert db.session.scalar(text("SHOW jit")) == "off"

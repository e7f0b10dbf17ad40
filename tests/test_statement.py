"""Every page links to the accessibility statement, and the date of the statement is recent."""

from __future__ import annotations

import re
import subprocess
from datetime import date, timedelta

import pytest

from app.clock import now
from app.pages import STATEMENT
from tests.page_check import CheckingClient

pytestmark = pytest.mark.database_independent

NOT_OLDER_THAN = timedelta(days=30)


def reviewed_on() -> date:
    found = re.search(r"^Reviewed on: (\d{4}-\d\d-\d\d)$", STATEMENT.read_text(), re.MULTILINE)
    assert found
    return date.fromisoformat(found.group(1))


def test_the_statement_is_a_page(client: CheckingClient) -> None:
    page = client.page("/accessibility")
    assert page.h1
    assert page.h1.get_text() == "Accessibility statement"
    assert "What was not tested" in page.get_text()


@pytest.mark.parametrize("address", ["/sign-in", "/accessibility"])
def test_pages_link_to_the_statement(client: CheckingClient, address: str) -> None:
    assert client.page(address).find("a", href="/accessibility")


def test_the_statement_was_reviewed_since_its_pages_were_last_changed() -> None:
    log = ["git", "log", "-1", "--format=%cs", "--", "app/templates", "app/static"]
    done = subprocess.run(log, cwd=STATEMENT.parent, capture_output=True, text=True, check=True)
    assert reviewed_on() <= now().date()
    if done.stdout.strip():  # the output is empty in a copy of the project without its history
        assert date.fromisoformat(done.stdout.strip()) - reviewed_on() <= NOT_OLDER_THAN

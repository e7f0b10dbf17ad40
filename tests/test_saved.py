"""Every save of staff is confirmed on the next page, once, in words and in the status region."""

from __future__ import annotations

from flask import Flask

from app.accounts.models import Role
from tests.factories import make_interview, make_user, sign_in
from tests.page_check import CheckingClient


def test_a_save_of_staff_is_confirmed_once(app: Flask, client: CheckingClient) -> None:
    interview = make_interview()
    sign_in(client, make_user(Role.COORDINATOR))
    address = f"/manage/interviews/{interview.id}/accommodations"
    typed = {"recording_percent": "150", "thinking_percent": "150", "retakes": "2", "deadline_days": ""}
    assert client.submit(address, typed).status_code == 303
    page = client.page(f"/manage/interviews/{interview.id}")
    said = page.select_one("main [data-say]")
    assert said is not None
    assert said["data-say"] == "Saved."
    assert "Saved." in said.get_text()
    assert client.page(f"/manage/interviews/{interview.id}").select_one("main [data-say]") is None


def test_a_save_that_failed_confirms_nothing(app: Flask, client: CheckingClient) -> None:
    interview = make_interview()
    sign_in(client, make_user(Role.COORDINATOR))
    address = f"/manage/interviews/{interview.id}/accommodations"
    assert client.submit(address, {"retakes": "a lot"}).status_code == 422
    assert client.page(f"/manage/interviews/{interview.id}").select_one("main [data-say]") is None


def test_signing_in_is_no_save(app: Flask, client: CheckingClient) -> None:
    sign_in(client, make_user(Role.COORDINATOR))
    assert client.submit("/language", {"language": "en"}).status_code == 303
    assert client.page("/manage/").select_one("main [data-say]") is None

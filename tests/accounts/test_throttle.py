"""Wrong passwords are counted for each network and account, in every spelling, process and moment."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.accounts import services
from app.accounts.known_devices import network_of
from app.accounts.models import Role
from app.config import Config
from app.email_addresses import mailbox_key
from app.extensions import db
from tests.accounts.test_pages import fail_to_sign_in, sign_in_from
from tests.at_once import at_once
from tests.factories import PASSWORD, make_user
from tests.page_check import CheckingClient
from tests.personal_data import watched_redis


def test_an_account_in_a_shared_browser_counts_its_own_tries(app: Flask) -> None:
    """Signing in to one account does not forget the wrong passwords for another one of the same browser."""
    user, other, known = make_user(Role.REVIEWER), make_user(Role.REVIEWER), app.test_client()
    for each in (user, other):
        assert sign_in_from(known, each.email, "192.0.2.1") == 302
        known.delete_cookie("fairtake")
    assert fail_to_sign_in(known, user.email, "192.0.2.1", 10) == 422
    assert sign_in_from(known, other.email, "192.0.2.1") == 302
    known.delete_cookie("fairtake")
    assert sign_in_from(known, user.email, "192.0.2.1") == 429


def test_only_wrong_passwords_add_up(app: Flask) -> None:
    user = make_user(Role.REVIEWER)
    for _ in range(3):
        strange = app.test_client()
        assert fail_to_sign_in(strange, user.email, "192.0.2.1", 9) == 422
        assert sign_in_from(strange, user.email, "192.0.2.1") == 302


def test_simultaneous_wrong_passwords_are_no_more_tries(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    form = {"email": make_user(Role.REVIEWER).email, "password": "wrong wrong wrong"}
    statuses = at_once(app, [lambda: app.test_client().post("/sign-in", data=form).status_code] * 24)
    assert sorted(statuses, key=str) == [422] * 10 + [429] * 14


def test_addresses_of_one_ipv6_network_are_one_place(client: CheckingClient) -> None:
    user = make_user(Role.REVIEWER)
    for number in range(10):
        assert fail_to_sign_in(client, user.email, f"2001:db8:1:2:{number}::{number}", 1) == 422
    assert sign_in_from(client, user.email, "2001:db8:1:2:ffff::1") == 429
    assert sign_in_from(client, user.email, "2001:db8:1:3::1") == 302


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1:4711", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("unknown", "unknown"),
        ("_hidden", "unknown"),
        ("1.2.3.4, 5.6.7.8", "unknown"),
    ],
)
def test_network_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("proxies", "forwarded", "is_new_place"),
    [
        (0, "198.51.100.{number}", False),
        (1, "198.51.100.{number}, 192.0.2.9", False),
        (1, "198.51.100.{number}", True),
        (1, "192.0.2.9:{number}", False),
        (2, "198.51.100.{number}, 203.0.113.5, 192.0.2.9", False),
        (2, "198.51.100.{number}, 192.0.2.9", True),
        (2, "198.51.100.{number}", False),
    ],
)
def test_only_trusted_proxies_say_where_a_request_comes_from(
    config: Config, proxies: int, forwarded: str, is_new_place: bool
) -> None:
    """Ten wrong passwords, each with another forged address, and the right one with yet another."""
    app = create_app(replace(config, proxies=proxies))
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        user = make_user(Role.REVIEWER)
        statuses = []
        for number in range(1, 12):
            password = PASSWORD if number == 11 else "wrong wrong wrong"
            statuses.append(
                app.test_client()
                .post(
                    "/sign-in", data={"email": user.email, "password": password},
                    headers={"X-Forwarded-For": forwarded.format(number=number)},
                )
                .status_code
            )  # fmt: skip
        db.session.remove()
    assert statuses == [422] * 10 + [302 if is_new_place else 429]


SHAPES: tuple[Callable[[str], str], ...] = (
    str.upper, str.lower, str.title, str.swapcase,
    lambda text: f" \t{text}\u00a0", lambda text: f"\ufeff{text}\u200b", lambda text: text.replace("@", "\u200b@"),
    lambda text: unicodedata.normalize("NFD", text), lambda text: unicodedata.normalize("NFC", text),
)  # fmt: skip


@pytest.mark.parametrize(
    "address", ["ada@example.org", "jörg@münchen.example", "straße@example.org", "λόγος@example.org"]
)
def test_each_spelling_of_an_address_counts_for_its_account(address: str) -> None:
    """Tries are counted by a key. Every spelling of an address that finds a user must give the key of that user."""
    found = 0
    for first, second in itertools.product(SHAPES, repeat=2):
        typed = second(first(address))
        with suppress(services.AccountError):
            if services.normalise_email(typed) == services.normalise_email(address):
                found += 1
                assert mailbox_key(typed) == mailbox_key(address), ascii(typed)
    assert found > len(SHAPES)


@pytest.mark.redis
def test_tries_are_counted_across_processes_and_restarts(config: Config, tmp_path: Path) -> None:
    with watched_redis(tmp_path / "redis") as address:
        statuses = try_in_two_processes(replace(config, redis_url=address))
    assert statuses == [422] * 10 + [429] * 2


def try_in_two_processes(config: Config) -> list[int]:
    """Send six wrong passwords to each of two applications that share a database. Return the HTTP statuses."""
    email, statuses = "", []
    for _process in range(2):
        app = create_app(config)
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            email = email or make_user(Role.REVIEWER).email
            for _ in range(6):
                form = {"email": email, "password": "wrong wrong wrong"}
                statuses.append(app.test_client().post("/sign-in", data=form).status_code)
            db.session.remove()
    return statuses

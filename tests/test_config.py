"""Each configuration variable is read, typed and documented, and an invalid value gives an error message of one line."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace

import pytest

from app import create_app
from app.config import PROJECT_ROOT, Config, ConfigError

SECRET = "s" * 32
ROW = re.compile(r"^\| `(FAIRTAKE_\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


class Asked(dict[str, str]):
    """An environment that records which of its variables are read."""

    def __init__(self) -> None:
        super().__init__(FAIRTAKE_SECRET_KEY=SECRET)
        self.names: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        self.names.add(name)
        return super().get(name, default)


@pytest.fixture(scope="module")
def documented() -> dict[str, str]:
    """The documented variables with their defaults, from docs/configuration.md."""
    rows = ROW.findall((PROJECT_ROOT / "docs" / "configuration.md").read_text())
    return {name: default.strip("`").replace("<project>", str(PROJECT_ROOT)) for name, default, _what in rows}


def test_every_variable_is_documented_and_nothing_else_is(documented: dict[str, str]) -> None:
    asked = Asked()
    Config.from_env(asked)
    assert asked.names == set(documented)


def test_documented_defaults_equal_the_defaults(documented: dict[str, str]) -> None:
    written = {
        name: "" if default == "empty" else default
        for name, default in documented.items()
        if name != "FAIRTAKE_SECRET_KEY"
    }
    assert Config.from_env({"FAIRTAKE_SECRET_KEY": SECRET, **written}) == Config.from_env(
        {"FAIRTAKE_SECRET_KEY": SECRET}
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("REDIS_URL", "http://localhost"),
        ("STORAGE_URL", "/var/media"),
        ("STORAGE_URL", "ftp://host/folder"),
        ("BASE_URL", "interviews.example.org"),
        ("MAIL_URL", "http://localhost"),
        ("WHISPER_DEVICE", "abacus"),
        ("WHISPER_COMPUTE_TYPE", "float1"),
        ("WHISPER_THREADS", "-1"),
        ("WHISPER_THREADS", "many"),
        ("WHISPER_THREADS", "²"),
        ("UPLOAD_LIMIT_MIB", "0"),
        ("UPLOAD_EXPIRY_HOURS", "9999999"),
        ("PROXIES", "six"),
    ],
)
def test_invalid_value_gives_one_line_with_the_expected_values(variable: str, value: str) -> None:
    with pytest.raises(ConfigError) as complaint:
        Config.from_env({"FAIRTAKE_SECRET_KEY": SECRET, f"FAIRTAKE_{variable}": value})
    message = str(complaint.value)
    assert message.startswith(f"FAIRTAKE_{variable}: expected ")
    assert "\n" not in message


def test_missing_secret_stops_the_start_with_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=PROJECT_ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert re.fullmatch(r"FAIRTAKE_SECRET_KEY is not set: expected .+\n", done.stderr)


def test_error_message_does_not_contain_the_secret() -> None:
    with pytest.raises(ConfigError) as complaint:
        Config.from_env({"FAIRTAKE_SECRET_KEY": "almost-a-secret"})
    assert "almost-a-secret" not in str(complaint.value)


def test_postgresql_gets_the_driver_that_is_installed() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        config = Config.from_env({"FAIRTAKE_SECRET_KEY": SECRET, "FAIRTAKE_DATABASE_URL": f"{scheme}://u:p@h/n"})
        assert config.database_url == "postgresql+psycopg://u:p@h/n"


def test_value_of_spaces_counts_as_empty() -> None:
    config = Config.from_env({"FAIRTAKE_SECRET_KEY": SECRET, "FAIRTAKE_ORGANISATION": "  "})
    assert config.organisation == "Fairtake"


def test_configuration_is_immutable() -> None:
    config = Config.from_env({"FAIRTAKE_SECRET_KEY": SECRET})
    with pytest.raises(FrozenInstanceError):
        config.secret_key = "x"  # type: ignore[misc]


@pytest.mark.parametrize(("address", "secure"), [("https://interviews.example.org", True), ("http://localhost", False)])
def test_https_decides_whether_cookies_are_secure(config: Config, address: str, secure: bool) -> None:
    from dataclasses import replace

    assert create_app(replace(config, base_url=address)).config["SESSION_COOKIE_SECURE"] is secure


@pytest.mark.parametrize(
    ("contact", "address", "sender"),
    [
        ("help@harbour.org", "https://interviews.harbour.org", "help@harbour.org"),
        ("Harbour <help@harbour.org>", "https://interviews.harbour.org", "Harbour <help@harbour.org>"),
        ("", "https://interviews.harbour.org", "no-reply@interviews.harbour.org"),
        ("+44 20 7946 0000", "https://interviews.harbour.org", "no-reply@interviews.harbour.org"),
        ("Ask at the desk.", "http://127.0.0.1:8000", "no-reply@localhost"),
    ],
)
def test_mail_always_has_a_sender(config: Config, contact: str, address: str, sender: str) -> None:
    assert replace(config, contact=contact, base_url=address).mail_sender == sender

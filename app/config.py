"""The settings of an installation: one frozen object, read once from the environment variables `FAIRTAKE_*`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from flask import current_app

from app.email_addresses import InvalidEmailAddressError, read_email_address

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DEMO_MODEL = PROJECT_ROOT / "models" / "demo"
AUTO_MODEL = "auto"
"""The setting that selects Whisper base, or the demonstration model if base cannot be downloaded."""
MIB = 1024 * 1024
MAX_RETENTION_DAYS = 3650
T = TypeVar("T")


class ConfigError(ValueError):
    """A variable is missing or invalid. The one-line message names the variable and the expected value."""


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, with types. `docs/configuration.md` lists them with their variables."""

    secret_key: str
    """Signs sessions. It has at least 32 characters, and is the same on all machines of an installation."""
    database_url: str
    """Address of the database for SQLAlchemy: `sqlite:///...` or `postgresql+psycopg://...`."""
    redis_url: str
    """Address of Redis: `redis://host:port/n`, `rediss://...` or `unix:///path`."""
    storage_url: str
    """Address of the storage: `file:///folder` or `s3://bucket/prefix`."""
    temporary_folder: str
    """Folder for temporary files. If empty, a folder next to the storage is used."""
    base_url: str
    """Public address of this installation. It is used in links, and decides whether cookies are Secure."""
    mail_url: str | None
    """Address of the mail server: `smtp://user:password@host:port` or `smtps://...`. None: mails are only logged."""
    whisper_model: str
    """The speech model: `auto`, a faster-whisper size (`small`, `large-v3`), or a folder with a CTranslate2 model."""
    models_folder: str
    """Folder for downloaded speech models. It is outside the project, so that an upgrade does not delete them."""
    whisper_device: str
    """The device that runs the speech model: `auto`, `cpu` or `cuda`."""
    whisper_compute_type: str
    """Number format of the speech model in CTranslate2, such as `int8` or `float16`."""
    whisper_threads: int
    """Number of threads for one transcription. 0 lets CTranslate2 choose."""
    hears_ahead: bool
    """Whether workers transcribe answers while they are recorded."""
    organisation: str
    """The name of the organisation, shown on every page."""
    contact: str
    """How candidates can reach a person: an address or a sentence."""
    upload_limit: int
    """Maximum size of a recording in bytes."""
    upload_expiry_hours: int
    """Hours until an unfinished upload expires. Its take may then be completed with the bytes received so far."""
    checkpoint_key: str
    """Secret from which the signing key for audit checkpoints is derived. If empty, the secret key is used."""
    sealing_keys: tuple[str, ...]
    """Keys that encrypt the text of accommodation requests, newest first. Empty: derived from the secret key."""
    request_target_hours: int
    """Target time for deciding an accommodation request, in hours."""
    retention_floor_days: int
    """Minimum number of days for which an interview keeps its answers."""
    proxies: int
    """Number of trusted reverse proxies in front of this server, which report the client's address and scheme."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the environment. Raises ConfigError for the first variable that is missing or invalid."""
        env = _Reader(os.environ if environ is None else environ)
        var = PROJECT_ROOT / "var"
        return cls(
            secret_key=env.read("SECRET_KEY", None, _secret),
            database_url=env.read("DATABASE_URL", f"sqlite:///{var / 'fairtake.db'}", _database),
            redis_url=env.read("REDIS_URL", "redis://127.0.0.1:6379/0", _scheme("redis", "rediss", "unix")),
            storage_url=env.read("STORAGE_URL", f"file://{var / 'media'}", _scheme("file", "s3")),
            temporary_folder=env.read("TEMPORARY_FOLDER", "", _folder),
            base_url=env.read("BASE_URL", "http://127.0.0.1:8000", _scheme("http", "https")).rstrip("/"),
            mail_url=env.read("MAIL_URL", "", _optional(_scheme("smtp", "smtps"))) or None,
            whisper_model=env.read("WHISPER_MODEL", AUTO_MODEL, _text),
            models_folder=env.read("MODELS_FOLDER", "~/.local/share/fairtake/models", _folder_of_user),
            whisper_device=env.read("WHISPER_DEVICE", "auto", _choice("auto", "cpu", "cuda")),
            whisper_compute_type=env.read("WHISPER_COMPUTE_TYPE", "int8", _compute_type),
            whisper_threads=env.read("WHISPER_THREADS", "0", _whole(0, 256)),
            hears_ahead=env.read("HEAR_AHEAD", "off", _choice("on", "off")) == "on",
            organisation=env.read("ORGANISATION", "Fairtake", _text),
            contact=env.read("CONTACT", "", _text),
            upload_limit=env.read("UPLOAD_LIMIT_MIB", "2048", _whole(1, 1024 * 1024)) * MIB,
            upload_expiry_hours=env.read("UPLOAD_EXPIRY_HOURS", "168", _whole(1, 24 * 365)),
            checkpoint_key=env.read("CHECKPOINT_KEY", "", lambda value: value and _secret(value)),
            sealing_keys=env.read("SEALING_KEYS", "", _secrets),
            request_target_hours=env.read("REQUEST_TARGET_HOURS", "48", _whole(1, 24 * 90)),
            retention_floor_days=env.read("RETENTION_FLOOR_DAYS", "1", _whole(1, MAX_RETENTION_DAYS)),
            proxies=env.read("PROXIES", "0", _whole(0, 5)),
        )

    @property
    def temporary_root(self) -> Path:
        """Return the folder for temporary files: the configured one, or one next to the storage or in the project."""
        if self.temporary_folder:
            return Path(self.temporary_folder)
        storage = urlsplit(self.storage_url)
        if storage.scheme == "file":
            beside = Path(unquote(storage.path))
            return beside.with_name(f"{beside.name}-temporary")
        return PROJECT_ROOT / "var" / "temporary"

    @property
    def mail_sender(self) -> str:
        """Return the sender of mails: the contact if it is an email address, else no-reply at the host of BASE_URL."""
        try:
            read_email_address(parseaddr(self.contact)[1])
        except InvalidEmailAddressError:
            host = urlsplit(self.base_url).hostname or "localhost"
            is_number = host.replace(".", "").isdigit() or ":" in host
            return f"no-reply@{'localhost' if is_number else host}"
        return self.contact

    @property
    def is_https(self) -> bool:
        """Return whether people reach this installation over HTTPS."""
        return self.base_url.startswith("https://")


class _Reader:
    """Reads an environment variable with a default. Its error messages begin with the name of the variable."""

    def __init__(self, environ: Mapping[str, str]):
        self.environ = environ

    def read(self, name: str, default: str | None, parse: Callable[[str], T]) -> T:
        variable = f"FAIRTAKE_{name}"
        value = self.environ.get(variable, "").strip() or default
        if value is None:
            raise ConfigError(f"{variable} is not set: {_expectation(parse)}")
        try:
            return parse(value)
        except ValueError as problem:
            raise ConfigError(f"{variable}: {problem}") from None


def _expectation(parse: Callable[[str], object]) -> str:
    return (parse.__doc__ or "a value is needed").strip()


def _text(value: str) -> str:
    return value


def _folder(value: str) -> str:
    """expected the absolute path of a folder of its own"""
    if value and not Path(value).is_absolute():
        raise ValueError(_expectation(_folder))
    return value


def _folder_of_user(value: str) -> str:
    """expected the absolute path of a folder, or one that begins with ~/"""
    if value.startswith("~/"):
        expanded = os.path.expanduser(value)
        return expanded if Path(expanded).is_absolute() else str(PROJECT_ROOT / "var" / "models")
    if not Path(value).is_absolute():
        raise ValueError(_expectation(_folder_of_user))
    return value


def _secret(value: str) -> str:
    """expected at least 32 random characters, for example from: python3 -c 'import secrets; print(secrets.token_hex(32))'"""
    if len(value) < 32:
        raise ValueError(_expectation(_secret))
    return value


def _secrets(value: str) -> tuple[str, ...]:
    return tuple(_secret(part.strip()) for part in value.split(",") if part.strip())


def _scheme(*schemes: str) -> Callable[[str], str]:
    expected = "expected an address that begins with " + " or ".join(f"{name}://" for name in schemes)

    def parse(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise ValueError(expected)
        return value

    return parse


def _optional(parse: Callable[[str], str]) -> Callable[[str], str]:
    return lambda value: parse(value) if value else ""


def _database(value: str) -> str:
    if value.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + value.split("://", 1)[1]
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("expected sqlite:///path or postgresql://user:password@host/name")
    return value


def _choice(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return value

    return parse


_compute_type = _choice(
    "auto",
    "default",
    "int8",
    "int8_float16",
    "int8_float32",
    "int8_bfloat16",
    "int16",
    "float16",
    "bfloat16",
    "float32",
)


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not lowest <= int(value) <= highest:
            raise ValueError(f"expected a whole number from {lowest} to {highest}")
        return int(value)

    return parse


def current_config() -> Config:
    """Return the configuration of the current application."""
    config: Config = current_app.config["FAIRTAKE"]
    return config

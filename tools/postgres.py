"""Run a temporary PostgreSQL for tests, on a Unix socket, from the system's packages."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoPostgres(RuntimeError):
    """PostgreSQL is not installed."""


def find_binaries() -> Path:
    """Return the folder of initdb and pg_ctl. Raises NoPostgres if PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise NoPostgres("no PostgreSQL server (Debian: postgresql)")
    return found[-1].parent


@contextmanager
def running_postgres() -> Iterator[str]:
    """Context manager that runs a PostgreSQL server and yields a database URL. Durability is off."""
    binaries = find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="fairtake-pg-"))
    user = unprivileged_user()
    if user:
        shutil.chown(folder, user)
    cluster = folder / "cluster"
    log = folder / "log"
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c synchronous_commit=off"
    control = [str(binaries / "pg_ctl"), "-D", str(cluster), "-w", "-s"]
    try:
        _run([str(binaries / "initdb"), "-D", str(cluster), "-U", "fairtake", "-A", "trust", "-E", "UTF8",
              "--locale=C.UTF-8"], user)  # fmt: skip
        _run([*control, "-l", str(log), "-o", options, "start"], user)
        try:
            yield f"postgresql://fairtake@/postgres?host={folder}"
        finally:
            _run([*control, "-m", "immediate", "stop"], user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unprivileged_user() -> str | None:
    """Return the user `postgres` if this process runs as root, because PostgreSQL refuses to run as root. Else None."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        raise NoPostgres("root cannot run PostgreSQL, and there is no user postgres") from None
    return "postgres"


def _run(command: list[str], user: str | None) -> None:
    subprocess.run(  # noqa: S603
        command, check=True, user=user, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
    )  # fmt: skip

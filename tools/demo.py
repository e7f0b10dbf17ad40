"""`make demo`: run web, worker and Redis with built-in defaults and demo data, until Ctrl-C.

If one of these processes dies, the demo says which one and stops the rest. Its data is kept in var/demo for the next
start.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from app.captions.model_choice import DEFAULT_MODEL
from app.captions.speech.models import model_is_present
from app.config import AUTO_MODEL, DEMO_MODEL, Config, ConfigError
from tools.processes import end, start
from tools.redis_server import NoRedis, start_redis

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("FAIRTAKE_DEMO_FOLDER") or ROOT / "var" / "demo")
STARTING_SECONDS = 300


class DemoProblem(Exception):
    """The demo cannot continue. The message says why, in one or two lines."""


def main() -> int:
    """Run until Ctrl-C (exit status 0), or until a process dies (exit status 1)."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell may have started this process with SIGINT ignored
        signal.signal(number, _interrupt)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        port = free_port(os.environ.get("PORT", "8000"))
        FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
        processes["redis"], redis_url = start_redis(FOLDER / "redis")
        environment = settings(port, redis_url)
        fetch_model(environment)
        print("Preparing the demo ...", flush=True)
        welcome = prepare(environment)
        serve = [sys.executable, "-m", "app.serve", "--port", str(port)]
        processes["web"] = start(serve, environment=environment)
        processes["worker"] = start([sys.executable, str(ROOT / "worker.py")], environment=environment)
        wait_until_ready(port, processes)
        print(welcome, flush=True)
        name = watch(processes)
        raise DemoProblem(f"The {name} process died (status {processes[name].returncode}). Everything else is stopped.")
    except (ConfigError, DemoProblem, NoRedis) as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopping ...", flush=True)
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for name in ("web", "worker", "redis"):
            if name in processes:
                end(processes[name])


def free_port(wanted: str) -> int:
    """Return the port as a number. Raises DemoProblem if it is not a port or not free."""
    if not wanted.isdigit() or not 1 <= int(wanted) <= 65535:
        raise DemoProblem(f"PORT={wanted}: expected a number from 1 to 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(wanted)))
        except OSError:
            raise DemoProblem(f"Port {wanted} is in use. Choose another: make demo PORT=8080") from None
    return int(wanted)


def settings(port: int, redis_url: str) -> dict[str, str]:
    """Return the environment of the demo's processes. Variables that are already set are not changed."""
    secret = FOLDER / "secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(32))
    defaults = {
        "FAIRTAKE_SECRET_KEY": secret.read_text(),
        "FAIRTAKE_DATABASE_URL": f"sqlite:///{FOLDER / 'fairtake.db'}",
        "FAIRTAKE_REDIS_URL": redis_url,
        "FAIRTAKE_STORAGE_URL": f"file://{FOLDER / 'media'}",
        "FAIRTAKE_BASE_URL": f"http://127.0.0.1:{port}",
        "FAIRTAKE_WHISPER_MODEL": AUTO_MODEL,
        "FAIRTAKE_WHISPER_DEVICE": "cpu",
        "FAIRTAKE_ORGANISATION": "Larkfield Libraries",
        "FAIRTAKE_CONTACT": "coordinator@example.org",
        "FAIRTAKE_DEMO_FOLDER": str(FOLDER),
        "PYTHONUNBUFFERED": "1",
    }
    return {name: os.environ.get(name) or value for name, value in defaults.items()}


def fetch_model(environment: dict[str, str]) -> None:
    """Download the real speech model once, and show the progress. If that fails, use the demonstration model."""
    folder = Config.from_env({**os.environ, **environment}).models_folder
    if environment["FAIRTAKE_WHISPER_MODEL"] != AUTO_MODEL or model_is_present(DEFAULT_MODEL, Path(folder)):
        return
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "model", "fetch", DEFAULT_MODEL]
    fetching = start(command, environment=environment)
    try:
        if fetching.wait():
            environment["FAIRTAKE_WHISPER_MODEL"] = str(DEMO_MODEL)
    finally:
        end(fetching)


def prepare(environment: dict[str, str]) -> str:
    """Upgrade the database and add the demo data. Returns the text to print. Raises DemoProblem if a command fails."""
    said = ""
    for command in (["db", "upgrade"], ["seed-demo"]):
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "flask", "--app", "wsgi", *command], cwd=ROOT, env={**os.environ, **environment},
            check=False, start_new_session=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if done.returncode:
            raise DemoProblem(f"`flask {' '.join(command)}` failed; nothing was started.")
        said = done.stdout
    return said


def wait_until_ready(port: int, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Wait until the web process reports that it is ready. Raises DemoProblem if a process dies or time runs out."""
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        dead = first_dead(processes)
        if dead:
            raise DemoProblem(f"The {dead} process died while starting.")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise DemoProblem(f"The demo was not ready after {STARTING_SECONDS} seconds.")


def watch(processes: dict[str, subprocess.Popen[bytes]]) -> str:
    """Wait until one of the processes has died. Returns its name."""
    while True:
        dead = first_dead(processes)
        if dead:
            return dead
        time.sleep(0.3)


def first_dead(processes: dict[str, subprocess.Popen[bytes]]) -> str | None:
    """Return the name of a process that has ended, or None if all are running."""
    return next((name for name, process in processes.items() if process.poll() is not None), None)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())

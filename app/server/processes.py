"""Run the web server: Gunicorn supervises the processes, and Uvicorn serves in each of them.

The application is loaded once, before the processes are forked, so they start at once and share its memory.
"""

from __future__ import annotations

import logging
import signal
import socket
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from uvicorn import Config
from uvicorn_worker import UvicornWorker

from app import temporary
from app.extensions import db
from app.process import die_with_parent
from app.recording.upload.quick_parts import QuickParts
from app.server.bridge import Bridge
from app.server.connections import IDLE_SECONDS, Connection, connection_limit

LAST_SECONDS = 30
"""How long requests in progress may take after SIGTERM."""
HANGING_SECONDS = 120
"""A process is replaced if it has not reported to the supervisor for this long. On a busy machine, some seconds are
normal.
"""
BACKLOG = 2048
"""Connections that may wait to be accepted."""
SERVER: dict[str, Any] = {
    "interface": "asgi3",
    "http": Connection,
    "ws": "none",
    "lifespan": "off",
    "log_config": None,
    "access_log": False,
    "proxy_headers": False,  # the application applies FAIRTAKE_PROXIES
    "server_header": False,
    "timeout_keep_alive": IDLE_SECONDS,
    "timeout_graceful_shutdown": LAST_SECONDS,
}
"""The settings of Uvicorn."""


def serve(app: Flask, listening: socket.socket, *, processes: int, threads: int) -> None:
    """Serve an application on a socket with this many processes, until a signal ends this process.

    SIGTERM lets requests in progress finish. If this process is killed, the others end too.
    """
    with app.app_context():
        db.engine.dispose()  # a connection to the database must not be shared by processes
    temporary.use_for_libraries(app)
    Connection.limit = connection_limit()
    _Supervisor(app, listening, processes, threads).run()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on this address. Raises OSError if that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def asgi_application(app: Flask, *, threads: int) -> Bridge:
    """Return the whole application as it is served: the fast path for parts, and Flask for everything else."""
    return Bridge(app, threads=threads, quick=QuickParts(app))


def server_config(application: Bridge) -> Config:
    """Return the configuration of a single Uvicorn server in this process."""
    return Config(application, **SERVER)


class _Log(Logger):  # type: ignore[misc]
    """Gunicorn's log. It goes where the log of the application goes."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Worker(UvicornWorker):  # type: ignore[misc]
    """A process that serves."""

    CONFIG_KWARGS = SERVER

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        logging.getLogger("uvicorn.error").propagate = True


class _Supervisor(BaseApplication):  # type: ignore[misc]
    """The process that starts the others and replaces those that end or hang."""

    def __init__(self, app: Flask, listening: socket.socket, processes: int, threads: int):
        self.app, self.threads = app, threads
        self.settings = {
            "bind": f"fd://{listening.detach()}",
            "workers": processes,
            "worker_class": _Worker,
            "logger_class": _Log,
            "preload_app": True,
            "backlog": BACKLOG,
            "keepalive": IDLE_SECONDS,
            "timeout": HANGING_SECONDS,
            "graceful_timeout": LAST_SECONDS,
            "control_socket_disable": True,
            "post_fork": lambda _supervisor, _worker: die_with_parent(signal.SIGKILL),
        }
        super().__init__()

    def load_config(self) -> None:
        """Set Gunicorn's settings."""
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self) -> Bridge:
        """Return the application."""
        return asgi_application(self.app, threads=self.threads)

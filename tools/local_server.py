"""Serve an application on loopback in a thread of this process, as the product serves it. For tests and benchmarks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from uvicorn import Server

from app.server.bridge import Bridge
from app.server.processes import asgi_application, listen, server_config


@contextmanager
def served(app: Flask, *, threads: int = 8) -> Iterator[int]:
    """Serve an application while the context is open. Yields the port."""
    listening = listen("127.0.0.1", 0)
    port: int = listening.getsockname()[1]
    is_ours = "FAIRTAKE" in app.config
    application = asgi_application(app, threads=threads) if is_ours else Bridge(app, threads=threads)
    server = Server(server_config(application))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)
        if application.quick is not None:
            application.quick.close()

"""The services around the product, which faults stop and start: Redis, PostgreSQL, and a bad line to an S3 server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path
from random import Random

from tools.postgres import find_binaries, unprivileged_user
from tools.processes import end
from tools.redis_server import start_redis


class Redis:
    """A Redis server that keeps its data in a folder, so that it finds them after it was killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process, self.address = start_redis(folder)

    def kill(self) -> None:
        """End the server at once, without a chance to save anything."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def start(self) -> None:
        """Start the server again at the same address."""
        self._process, self.address = start_redis(self.folder)

    def stop(self) -> None:
        """End the server."""
        end(self._process)


class Postgres:
    """A PostgreSQL server on a socket, with durable commits."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.user, self.cluster, self.socket = unprivileged_user(), folder / "cluster", folder
        if self.user:
            shutil.chown(folder, self.user)
        made = ["-U", "fairtake", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        self._run("initdb", "-D", str(self.cluster), *made)
        self.start()
        self.address = f"postgresql://fairtake@/postgres?host={folder}"

    def start(self) -> None:
        """Start the server."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.socket}"
        self._run("pg_ctl", "-D", str(self.cluster), "-w", "-s", "-l", str(self.socket / "log"), "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server. `immediate` is a crash: every connection ends in the middle of what it does."""
        self._run("pg_ctl", "-D", str(self.cluster), "-w", "-s", "-m", mode, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        command = [str(find_binaries() / program), *arguments]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        subprocess.run(command, check=True, user=self.user, cwd="/", env=environment, **quiet)  # type: ignore[call-overload]


class BadLine:
    """A proxy to a port of this machine, in a thread. `mode` says what it does with the connections."""

    MODES = ("refuse", "cut", "delay", "silence")

    def __init__(self, port: int, chance: Random) -> None:
        self.target, self.chance, self.mode = port, chance, ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._connect, "127.0.0.1", 0), self._loop)
        self._server = starting.result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """End the proxy."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if self.mode == "refuse":
                writer.close()
                return
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target)
            await asyncio.gather(self._carry(reader, other_writer), self._carry(other_reader, writer))
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            if self.mode == "refuse" or (self.mode == "cut" and self.chance.random() < 0.3):
                writer.write(piece[: self.chance.randrange(len(piece))])
                writer.transport.abort()
                raise ConnectionAbortedError
            if self.mode == "delay":
                await asyncio.sleep(self.chance.uniform(0.1, 1.5))
            while self.mode == "silence":
                await asyncio.sleep(0.1)
            writer.write(piece)
            await writer.drain()
        writer.close()

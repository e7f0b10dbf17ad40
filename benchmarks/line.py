"""A thin line in front of a server: a proxy for TCP with little bandwidth and a long round trip."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

PIECE = 256
"""Number of bytes sent at a time, so that all connections share the line evenly."""
AHEAD_SECONDS = 0.1
"""How early a piece is read, so that a process that wakes late does not make the line slower."""


class ThinLine:
    """A proxy to a port of this machine, in a thread. All connections share its bandwidth.

    A new connection costs a round trip before its first byte, and each direction half of one. Chromium's own
    throttling (`Network.emulateNetworkConditions`) has no delay for new connections, and delivers a short response in
    one piece, so that a page is never shown while it is still arriving.
    """

    def __init__(self, port: int, *, bits_per_second: int, round_trip_seconds: float) -> None:
        self.target = port
        self.bytes_per_second = bits_per_second / 8
        self.round_trip_seconds = round_trip_seconds
        self.received = 0
        """Bytes that browsers have received."""
        self._loop = asyncio.new_event_loop()
        self._free_at = {"up": 0.0, "down": 0.0}
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        begin = asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(begin, self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop the proxy and end its connections."""
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
        is_open_at = self._loop.time() + self.round_trip_seconds
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            await asyncio.gather(
                self._carry("up", reader, server_writer, is_open_at), self._carry("down", server_reader, writer, 0)
            )
        except (ConnectionError, asyncio.CancelledError):
            pass  # one side has closed its connection, or the line is closed
        finally:
            writer.close()
            server_writer.close()

    async def _carry(
        self, direction: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, not_before: float
    ) -> None:
        """Send what one side writes to the other side, late and slowly, until it closes the connection."""
        while piece := await reader.read(PIECE):
            begins = max(self._loop.time(), not_before, self._free_at[direction])
            self._free_at[direction] = begins + len(piece) / self.bytes_per_second
            self._at(self._free_at[direction], writer.write, piece)
            self.received += len(piece) if direction == "down" else 0
            await asyncio.sleep(max(0, self._free_at[direction] - AHEAD_SECONDS - self._loop.time()))
        self._at(max(self._loop.time(), self._free_at[direction]), lambda _: writer.close(), b"")

    def _at(self, moment: float, act: Callable[[bytes], None], piece: bytes) -> None:
        self._loop.call_at(moment + self.round_trip_seconds / 2, act, piece)

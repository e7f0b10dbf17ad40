"""A session with a mail server in which time and memory are limited, however the server replies.

The time limit of the library starts again with each byte. A server that sends one byte a second, or a reply without an
end, would hold the thread that sends mail for hours, or fill the memory.
"""

from __future__ import annotations

import math
import re
import smtplib
import ssl
import time

CONNECT_SECONDS = 60
"""Maximum time to connect to one address of the mail server, and to begin encryption."""
COMMAND_SECONDS = 300
"""Maximum wait for a whole reply. RFC 5321, 4.5.3.2 requires five minutes for most commands."""
PREPARATION_SECONDS = 480
"""Maximum time from the greeting to the final dot. With the wait for the greeting, it is shorter than the claim on a
notice.
"""
FINAL_REPLY_SECONDS = 600
"""Maximum wait for the reply to the final dot. A shorter wait leads to duplicates (RFC 5321, 4.5.3.2.6)."""
MAX_REPLY_BYTES = 64 * 1024
"""Maximum size of a reply with all its lines. RFC 5321, 4.5.3.1.5 allows 512 bytes a line."""
_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(-?)")


class Session(smtplib.SMTP):
    """A session with a limit on the time and the size of each reply, and on the time before the final dot."""

    _ends_at: float = math.inf
    _final_reply_by: float | None = None

    def limit_preparation(self) -> None:
        """Start the time until the final dot."""
        self._ends_at = time.monotonic() + PREPARATION_SECONDS

    def limit_final_reply(self) -> None:
        """Start the time for the reply to the final dot. The other limits on time no longer apply."""
        self._final_reply_by = time.monotonic() + FINAL_REPLY_SECONDS

    def send(self, s: str | bytes | bytearray | memoryview) -> None:  # type: ignore[override]
        """Send bytes within the time for a reply."""
        self._allow_until(self._reply_by())
        super().send(s)  # type: ignore[arg-type]

    def getreply(self) -> tuple[int, bytes]:
        """Return the code and the text of a reply, with line feeds between the lines (RFC 5321, 4.2.1).

        The code is -1 if the server sent something else. Raises TimeoutError if the reply takes too long, and
        SMTPServerDisconnected if it is too large or the connection has ended. The connection is closed then.
        """
        reply_by, size, texts = self._reply_by(), 0, []
        while True:
            line = self._line(reply_by, MAX_REPLY_BYTES - size)
            size += len(line)
            texts.append(line[4:].strip(b" \t\r\n"))
            found = _REPLY_LINE.match(line)
            if found is None or not found[2]:
                return int(found[1]) if found else -1, b"\n".join(texts)

    def _reply_by(self) -> float:
        """Return when the next reply must have arrived, in seconds of the monotonic clock."""
        if self._final_reply_by is not None:
            return self._final_reply_by
        return min(time.monotonic() + COMMAND_SECONDS, self._ends_at)

    def _line(self, reply_by: float, most: int) -> bytes:
        """Return the next line of a reply, which may have `most` bytes."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        if self.file is None:
            self.file = self.sock.makefile("rb")
        line = b""
        try:
            while not line.endswith(b"\n"):
                self._allow_until(reply_by)
                arrived = self.file.peek(1)  # reads from the socket at most once
                if not arrived:
                    raise smtplib.SMTPServerDisconnected("connection closed")
                line += self.file.read(arrived.find(b"\n") + 1 or len(arrived))
                if len(line) > most:
                    raise smtplib.SMTPServerDisconnected("reply too large")
        except OSError:  # SMTP errors are OSErrors too
            self.close()
            raise
        return line

    def _allow_until(self, moment: float) -> None:
        """Let the next use of the socket take until this moment. Raises TimeoutError if it is over."""
        left = moment - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock is not None:
            self.sock.settimeout(left)


class TlsSession(Session, smtplib.SMTP_SSL):
    """A session that is encrypted from its beginning."""


def connect(scheme: str, host: str, port: int | None, *, context: ssl.SSLContext) -> Session:
    """Connect to a mail server and read its greeting. `scheme` is `smtp` or `smtps`."""
    if scheme == "smtps":
        server: Session = TlsSession(host, port or 465, timeout=CONNECT_SECONDS, context=context)
    else:
        server = Session(host, port or 587, timeout=CONNECT_SECONDS)
    server.limit_preparation()
    return server

"""A small mail server on this machine that keeps what it is given, and can be told to refuse."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class SmtpServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as one message needs. `answer_to_recipient` is what it says to RCPT."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answer_to_recipient = "250 fine"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """What FAIRTAKE_MAIL_URL would be."""
        return f"smtp://127.0.0.1:{self.server_address[1]}?from=interviews@harbour.example"

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()


class _Talk(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        self.say("220 stand-in")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                self.say(self.server.answer_to_recipient)
                self.server.recipients.append(line.split(b":", 1)[1].strip().decode())
            elif verb == b"DATA":
                self.take_message()
            elif verb == b"QUIT":
                return self.say("221 bye")
            else:
                self.say("250 fine")
        return None

    def take_message(self) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.messages.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.say("250 kept")

    def say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())

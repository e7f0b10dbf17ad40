"""A small local mail server that stores messages and can be told to refuse them."""

from __future__ import annotations

import socketserver
import threading
import time
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class SmtpServer(socketserver.ThreadingTCPServer):
    """Implements the part of SMTP that one message needs.

    `answer_to_recipient`, `answer_to_message` and `answer_to_quit` are the replies to RCPT, to the final dot and to
    QUIT. If one is None, the server closes the connection instead. `extensions` are announced in the reply to EHLO.
    `endless` is a verb (`CONN` for the greeting, `DOT` for the final dot): the reply to it never ends. It consists of
    `endless_piece`, again and again, `endless_pause` seconds apart. `open_replies` counts those that are being sent.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answer_to_recipient = "250 fine"
        self.answer_to_message: str | None = "250 kept"
        self.delay_before_message_reply = 0.0
        self.answer_to_quit: str | None = "221 bye"
        self.extensions: list[str] = []
        self.endless = ""
        self.endless_piece = b""
        self.endless_pause = 0.0
        self.open_replies = 0
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """The value for FAIRTAKE_MAIL_URL."""
        return f"smtp://127.0.0.1:{self.server_address[1]}?from=interviews@harbour.example"

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()


class _Talk(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        if self.server.endless == "CONN":
            return self.say_endlessly()
        self.say("220 stand-in")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if self.server.endless.encode() == verb:
                return self.say_endlessly()
            if verb == b"RCPT":
                self.say(self.server.answer_to_recipient)
                self.server.recipients.append(line.split(b":", 1)[1].strip().decode())
            elif verb == b"DATA":
                self.take_message()
                time.sleep(self.server.delay_before_message_reply)
                if self.server.endless == "DOT":
                    return self.say_endlessly()
                if self.server.answer_to_message is None:
                    return None
                self.say(self.server.answer_to_message)
            elif verb == b"QUIT":
                return self.say(self.server.answer_to_quit) if self.server.answer_to_quit else None
            elif verb == b"EHLO":
                lines = ["fine", *self.server.extensions]
                for line in lines[:-1]:
                    self.say(f"250-{line}")
                self.say(f"250 {lines[-1]}")
            else:
                self.say("250 fine")
        return None

    def take_message(self) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        if line:  # a message without its final dot is not accepted (RFC 5321, section 4.1.1.4)
            self.server.messages.append(message_from_bytes(b"".join(lines), policy=policy.default))

    def say_endlessly(self) -> None:
        self.server.open_replies += 1
        with suppress(OSError):  # the client has closed the connection
            while True:
                self.wfile.write(self.server.endless_piece)
                time.sleep(self.server.endless_pause)
        self.server.open_replies -= 1

    def say(self, answer: str) -> None:
        with suppress(OSError):  # the client has closed the connection
            self.wfile.write(f"{answer}\r\n".encode())

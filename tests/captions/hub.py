"""A model hub on the loopback interface. It responds like the Hugging Face Hub, or stalls in the middle of a file."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.waiting import LONG_SECONDS

COMMIT = "a" * 40
FILES = {
    "model.bin": b"m" * 300_000,
    "config.json": b"{}",
    "tokenizer.json": b"{}",
    "vocabulary.txt": b"a\nb\n",
    "README.md": b"not wanted",
}


@contextmanager
def serving(*, stalls: bool = False) -> Iterator[str]:
    """Serve the same small repository under every name, and yield the hub's address.

    With `stalls`, the hub stops in the middle of model.bin.
    """
    over = threading.Event()

    class Hub(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            name = self.path.split("?")[0].rsplit("/", 1)[1]
            is_api = self.path.startswith("/api/")
            body = _described(self.path) if is_api else FILES[name]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "application/json" if is_api else "application/octet-stream")
            self.send_header("ETag", f'"{name.replace(".", "")}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if with_body and stalls and name == "model.bin":
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                over.wait(LONG_SECONDS)
                self.close_connection = True
            elif with_body:
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def _described(path: str) -> bytes:
    if "/tree/" in path:
        files = [{"type": "file", "path": name, "size": len(body), "oid": "0" * 40} for name, body in FILES.items()]
        return json.dumps(files).encode()
    siblings = [{"rfilename": name, "size": len(body), "blobId": "b"} for name, body in FILES.items()]
    return json.dumps({"id": "any/model", "sha": COMMIT, "siblings": siblings}).encode()

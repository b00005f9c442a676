"""Other ends as processes of their own: `python -m tests.hard.peers smtp|honours|forgets PORT FILE MILLISECONDS`.

Each writes a line for every message that arrived: the key. The gateway that honours the key writes none for a second
request with the same key; the one that forgets takes it again, as a mail server does.
"""

import asyncio
import json
import sys
import threading
import time
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


def serve_http(port: int, file: Path, pause: float, *, honours: bool) -> None:
    """A gateway of docs/sms-gateway.md."""
    seen: set[str] = set()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            key = self.headers["Idempotency-Key"]
            with lock:
                if not (honours and key in seen):
                    seen.add(key)
                    with file.open("a") as lines:
                        lines.write(f"{key}\n")
            time.sleep(pause)  # taken, and not answered yet: whoever is killed now cannot know
            said = json.dumps({"id": key[:8]}).encode()
            self.send_response(202)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def serve_smtp(port: int, file: Path, pause: float) -> None:
    """A mail server."""

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            letter = message_from_bytes(envelope.content)
            with file.open("a") as lines:
                lines.write(f"{letter['X-Yilian-Key']}\n")
            await asyncio.sleep(pause)
            return "250 OK"

    Controller(Handler(), hostname="127.0.0.1", port=port).start()
    threading.Event().wait()


if __name__ == "__main__":
    what, number, path, milliseconds = sys.argv[1:]
    if what == "smtp":
        serve_smtp(int(number), Path(path), int(milliseconds) / 1000)
    else:
        serve_http(int(number), Path(path), int(milliseconds) / 1000, honours=what == "honours")

"""An application that tells what reached it: `python -m tests.live.stack.echo_app SOCKET NAME`."""

from __future__ import annotations

import json
import socketserver
import sys
import time
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path

ASKED = count(1)
HEADERS: dict[str, list[tuple[str, str]]] = {
    "/public": [("Cache-Control", "public, max-age=60")],
    "/brief": [("Cache-Control", "public, max-age=1")],
    "/private": [("Cache-Control", "private, max-age=60")],
    "/unmarked": [],
    "/cookie": [("Cache-Control", "public, max-age=60"), ("Set-Cookie", "sessionid=of-one-person")],
    "/varied": [("Cache-Control", "public, max-age=60"), ("Vary", "Accept-Language")],
    "/strict": [("Strict-Transport-Security", "max-age=31536000"), ("X-Content-Type-Options", "nosniff")],
    "/own": [("Referrer-Policy", "no-referrer"), ("X-Request-ID", "the-application's")],
}


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece, as real servers send them: a kill leaves no half answer

    def address_string(self) -> str:
        return "edge"

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the edge logs."""

    def take_over(self) -> None:
        """After the switch of protocols whatever comes goes back, until the other side has enough."""
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.end_headers()
        self.wfile.flush()
        while piece := self.rfile.read1(65_536):
            self.wfile.write(piece)
            self.wfile.flush()
        self.close_connection = True

    def do_GET(self) -> None:
        if self.headers.get("Upgrade") == "websocket" and self.headers.get("Connection") == "upgrade":
            self.take_over()
            return
        if self.path == "/slow":
            time.sleep(0.2)
        length = int(self.headers.get("Content-Length", 0))
        body = {
            "from": sys.argv[2],
            "number": next(ASKED),
            "method": self.command,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "read": len(self.rfile.read(length)),
        }
        content = json.dumps(body).encode() if self.path != "/big" else b"word " * 50_000
        self.send_response(200)
        self.send_header("Content-Type", "text/plain" if self.path == "/big" else "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in HEADERS.get(self.path.partition("?")[0], []):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_HEAD = do_POST = do_PUT = do_GET


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    Path(sys.argv[1]).unlink(missing_ok=True)
    Server(sys.argv[1], Echo).serve_forever()

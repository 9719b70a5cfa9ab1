# Written by `tenfold export kubernetes`, sha256 9b6390037e3c102c0b48e5401d4aa5c5aeaf25de10a41ea44978bb1b0d3a78b3. A file edited by hand is left alone from then on.
"""Asks the application for /readyz through its own socket: exit code 0 when it answers below 500.

With --listening: whether something listens, and no more.
"""

import http.client
import os
import socket
import sys

PATH = os.environ.get("HEALTH_PATH", "/readyz")
SOCKET = os.environ.get("APP_SOCKET", "/run/app/app-1.sock")
HEADERS = {"Host": "example.com", "X-Forwarded-Proto": "https", "User-Agent": "healthcheck"}


class OverSocket(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)


connection = OverSocket("localhost", timeout=4)
try:
    if "--listening" in sys.argv:
        connection.connect()
        sys.exit(0)
    connection.request("GET", PATH, headers=HEADERS)
    status = connection.getresponse().status
except OSError as error:
    sys.exit(f"{SOCKET}: {error}")
sys.exit(f"{PATH}: {status}" if status >= 500 else 0)

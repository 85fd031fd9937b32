"""Stands in for the server: answers every request on the inherited socket with its own pid.

Its mode is in STAND_IN_MODE: `polite` ends on SIGTERM, `deaf` ignores it, `slow` says that it is
stopping and ends when it is asked for `/finish`, `refusing` ends with 78. With `--standby` it first
waits for a line.
"""

import os
import signal
import socket
import sys

if "--standby" in sys.argv and not sys.stdin.readline():
    sys.exit(0)
mode = os.environ.get("STAND_IN_MODE", "polite")
if mode == "refusing":
    sys.exit(78)
told: list[str] = []
on_term = {"deaf": signal.SIG_IGN, "slow": lambda *_: told.append(" is stopping")}
signal.signal(signal.SIGTERM, on_term.get(mode, signal.SIG_DFL))

listening = socket.socket(fileno=int(os.environ["STREAMFORGE_HTTP_FD"]))
while True:
    connection, _ = listening.accept()
    with connection:
        request = connection.recv(4096)
        body = "".join([str(os.getpid()), *told]).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)
    if told and request.startswith(b"GET /finish"):
        sys.exit(0)

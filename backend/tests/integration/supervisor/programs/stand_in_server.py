"""Stands in for the server: answers every request on the inherited socket with its own pid.

Its mode is in STAND_IN_MODE: `polite` ends on SIGTERM, `deaf` ignores it, `refusing` ends with 78.
"""

import os
import signal
import socket
import sys

mode = os.environ.get("STAND_IN_MODE", "polite")
if mode == "refusing":
    sys.exit(78)
signal.signal(signal.SIGTERM, signal.SIG_IGN if mode == "deaf" else signal.SIG_DFL)

listening = socket.socket(fileno=int(os.environ["STREAMFORGE_HTTP_FD"]))
while True:
    connection, _ = listening.accept()
    with connection:
        connection.recv(4096)
        body = str(os.getpid()).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)

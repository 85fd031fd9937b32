"""Stands in for the media worker: listens on its socket, holds its UDP port, says nothing."""

import argparse
import pathlib
import socket

parser = argparse.ArgumentParser()
parser.add_argument("--socket")
parser.add_argument("--udp-port", type=int)
arguments, _ = parser.parse_known_args()

media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
media.bind(("0.0.0.0", arguments.udp_port))
pathlib.Path(arguments.socket).unlink(missing_ok=True)
control = socket.socket(socket.AF_UNIX)
control.bind(arguments.socket)
control.listen()
held = []
while True:
    connection, _ = control.accept()
    connection.close()

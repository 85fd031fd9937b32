"""The server process: its parts wired together (`composition`), and its life (`process`).

The only package that knows every adapter. Each other module here wires one area.
"""

from streamforge.server.composition import Server, build_server
from streamforge.server.process import main, run

__all__ = ["Server", "build_server", "main", "run"]

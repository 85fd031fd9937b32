"""The command `streamforge`. It decides nothing, it calls what the other packages offer."""

from streamforge.cli.commands import main

__all__ = ["main"]

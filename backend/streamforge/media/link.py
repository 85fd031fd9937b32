"""The wire to one worker process as the media objects see it: ask, and be told.

`worker_client` implements it over a socket, `fake_worker` in memory. It knows no meetings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

from streamforge.protocol.ipc import AnyEvent, Command, Inventory

T = TypeVar("T")

# Why a worker is gone: its process ended; it stopped answering and was ended by us; or a newer
# server commands it now.
LossCause = Literal["exited", "stalled", "fenced"]


class WorkerLink(Protocol):
    """Asks one worker."""

    async def request(self, command: Command, result: type[T]) -> T:
        """Send a command and return its answer.

        Raises:
            AppError: the worker refused, with its code.
            Unavailable: `worker_lost` (the listener was told before), `command_timeout`.
        """
        ...


class LinkListener(Protocol):
    """Is told what happens at the other end of a link."""

    def link_up(self, link: WorkerLink, inventory: Inventory) -> None:
        """The worker answers; called again after a lost connection to the same process."""
        ...

    def link_event(self, link: WorkerLink, event: AnyEvent) -> None:
        """The worker reports something."""
        ...

    def link_down(self, link: WorkerLink, cause: LossCause) -> None:
        """The process behind this link is gone, with everything in it."""
        ...


# Reads what the supervisor noted of a worker's end: True = somebody ended it on purpose.
EndedFromOutside = Callable[[int, int], bool | None]

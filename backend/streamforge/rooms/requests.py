"""A command on its way through a meeting: what was asked, and the answer that is waited for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from streamforge.core.errors import AppError
from streamforge.protocol import signaling as wire
from streamforge.rooms.commands import Command


@dataclass(frozen=True, slots=True)
class JoinOutcome:
    """The seat that a link speaks for from now on."""

    meeting_id: str
    seat_id: str
    participant_id: str


Outcome = JoinOutcome | wire.Struct


def _new_answer() -> asyncio.Future[Outcome]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True)
class Request:
    """A command and its answer. `resume_token` goes into the snapshot that the answer may bring."""

    command: Command
    resume_token: str = ""
    answer: asyncio.Future[Outcome] = field(default_factory=_new_answer)

    def resolve(self, outcome: Outcome) -> None:
        """Answer, unless whoever asked has gone."""
        if not self.answer.done():
            self.answer.set_result(outcome)

    def fail(self, error: AppError) -> None:
        """Refuse, unless whoever asked has gone."""
        if not self.answer.done():
            self.answer.set_exception(error)

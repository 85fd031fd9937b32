"""How commands are acknowledged: done, with a result, or refused, with a code. Only shapes."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from streamforge.core.errors import AppError
from streamforge.protocol.media import PublishedTrack, Slot, Struct

# What of an error's context a client is told.
TOLD_CONTEXT: Final = ("source",)


class Failure(Struct, frozen=True, omit_defaults=True):
    """Why a command was refused. `context` has what a program can act on."""

    code: str
    message: str
    retry_after_ms: int | None = None
    context: dict[str, str] | None = None


def failure_of(error: AppError) -> Failure:
    """Return an error in the words for a client; the rest of its context stays in the log."""
    told = {key: str(error.context[key]) for key in TOLD_CONTEXT if key in error.context}
    return Failure(
        code=error.code,
        message=error.message,
        retry_after_ms=error.retry_after_ms,
        context=told or None,
    )


class Refused(Struct, frozen=True):
    """The acknowledgement of a command that had no effect."""

    error: Failure
    ok: bool = False


class Done(Struct, frozen=True):
    """The acknowledgement of a command that was carried out."""

    result: msgspec.Struct
    ok: bool = True


class Nothing(Struct, frozen=True):
    """A result without content."""


class JoinResult(Struct, frozen=True):
    """The event `room-joined` follows."""

    status: Literal["joined"] = "joined"


class OfferResult(Struct, frozen=True):
    """The worker's answer to an offer."""

    sdp: str
    transport_epoch: int
    slots: tuple[Slot, ...]
    producers: tuple[PublishedTrack, ...]


class ChatResult(Struct, frozen=True):
    """Where the message stands in the meeting."""

    message_id: str
    seq: int


class RenewResult(Struct, frozen=True):
    """How long the seat is good for now."""

    expires_at: int

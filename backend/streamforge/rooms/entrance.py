"""From what a browser says to commands of a meeting: tokens are read, ids and secrets are made.

The rules of a meeting may make neither, so each command brings them. Nothing is decided here but
whether a token is good for the room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from streamforge.accounts.tokens import Grant
from streamforge.core.errors import Forbidden
from streamforge.core.ids import IdSource
from streamforge.protocol import signaling as wire
from streamforge.protocol.media import AutoWant
from streamforge.rooms.commands import Join, OfferRequest, RenewToken, ResumeRequest
from streamforge.rooms.definition import RoomDefinition
from streamforge.rooms.policy import granted_sources

# 256 bits, so that a seat cannot be guessed.
RESUME_TOKEN_BYTES: Final = 32


class TokenVerifier(Protocol):
    """Reads tokens; `accounts.tokens.Tokens`."""

    def verify(self, token: str, room_id: str) -> Grant:
        """Return what the token allows in this room, or raise."""
        ...


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """Who wants in, as signaling heard it."""

    link: str
    body: wire.JoinRoom
    correlation_id: str


class Entrance:
    """Makes commands, with everything that they need."""

    def __init__(
        self, tokens: TokenVerifier, ids: IdSource, random_bytes: Callable[[int], bytes]
    ) -> None:
        self._tokens = tokens
        self._ids = ids
        self._random_bytes = random_bytes

    def join(self, request: JoinRequest, room: RoomDefinition) -> tuple[Join, str]:
        """Return the command of whoever may join, and the resume token for them.

        Raises:
            Unauthenticated: `token_expired`, `token_invalid`.
            Forbidden: `token_wrong_room`.
        """
        body = request.body
        grant = self._verify(body.token, room)
        resume_token, resume_hash = self.new_resume_token()
        command = Join(
            link=request.link,
            subject=grant.subject,
            display_name=body.display_name or grant.display_name,
            role=grant.role,
            publish=granted_sources(grant.grants),
            subscribe=grant.allows("subscribe"),
            may_chat=grant.allows("chat"),
            token_expires_at=grant.expires_at,
            seat_id=self._ids.new("seat"),
            participant_id=self._ids.new("ptc"),
            resume_hash=resume_hash,
            correlation_id=request.correlation_id,
            media_capabilities=body.media_capabilities,
            resume=None if body.resume is None else _resume(body.resume),
            offer=None if body.offer is None else self.offer_request(body.offer),
        )
        return command, resume_token

    def renewal(self, link: str, seat_id: str, token: str, room: RoomDefinition) -> RenewToken:
        """Return the command to stay as long as a newer token allows.

        Raises:
            Unauthenticated: `token_expired`, `token_invalid`.
            Forbidden: `token_wrong_room`.
        """
        grant = self._verify(token, room)
        return RenewToken(link, seat_id, grant.subject, grant.expires_at)

    def new_resume_token(self) -> tuple[str, str]:
        """Return a resume token and its hash; only the hash is kept."""
        token = self._random_bytes(RESUME_TOKEN_BYTES).hex()
        return token, token_hash(token)

    def new_id(self, prefix: str) -> str:
        """Return a new id for a command."""
        return self._ids.new(prefix)

    def offer_request(self, body: wire.OfferBody) -> OfferRequest:
        """Return an offer with an id for each thing that it may create."""
        return OfferRequest(
            sdp=body.sdp,
            publish=tuple(body.publish),
            want=AutoWant() if body.want is None else body.want,
            transport_id=self._ids.new("trn"),
            producer_ids=tuple(self._ids.new("prd") for _ in body.publish),
        )

    def _verify(self, token: str, room: RoomDefinition) -> Grant:
        grant = self._tokens.verify(token, room.room_id)
        if not grant.allows("join") or grant.tenant_id != room.tenant_id:
            raise Forbidden("token_wrong_room")
        return grant


def _resume(body: wire.ResumeSeat) -> ResumeRequest:
    return ResumeRequest(
        seat_id=body.seat_id,
        token_hash=token_hash(body.resume_token),
        last_seq=body.last_seq,
    )


def token_hash(token: str) -> str:
    """Return what is kept of a resume token. It is random, so a plain hash hides it well enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

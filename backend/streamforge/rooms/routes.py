"""REST of rooms under /api/v1/rooms: translates HTTP to `RoomService` and back. It decides nothing.

| route | who |
|---|---|
| `POST /rooms` | anybody, or an API key when `room_creation` is `api_key` |
| `GET /rooms` | an API key: a list of slugs is a list of open doors |
| `GET /rooms/{room}` | anybody who knows the id or slug |
| `DELETE /rooms/{room}` | the room's admin token or an API key |
| `POST /rooms/{room}/access` | anybody who knows the id or slug; see `is_moderator` |
| `POST /rooms/{room}/access/renew` | the holder of a token of the room that is valid, or just was |
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final, Literal

import msgspec
from quart import Blueprint, Response, request

from streamforge.accounts.api_keys import PREFIX as API_KEY_PREFIX
from streamforge.accounts.store import DEFAULT_TENANT_ID
from streamforge.core.errors import Forbidden, Unauthenticated
from streamforge.rooms.definition import RoomDefinition
from streamforge.rooms.service import IssuedToken, RoomService
from streamforge.rooms.wire import (
    AccessBody,
    CreatedRoomBody,
    CreateRoom,
    Features,
    MissingFeature,
    RequestAccess,
    RoomBody,
    RoomList,
    RoomListQuery,
)
from streamforge.web.auth import Authenticator, Principal, bearer, required_bearer
from streamforge.web.bodies import InvalidBody, json_body
from streamforge.web.caller import caller_address
from streamforge.web.idempotency import Idempotency
from streamforge.web.openapi import Empty, answers, takes_query
from streamforge.web.paging import Cursor, page_of
from streamforge.web.problems import FieldError

# Controls, direction marks and the like in a name could hide or reorder the text around it. ZWJ and
# ZWNJ (also "Cf") stay: emoji and Persian need them.
BANNED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
ALLOWED_CHARS: Final = frozenset("\u200c\u200d")


@dataclass(frozen=True, slots=True)
class RoomRoutes:
    """The handlers and what they need."""

    service: RoomService
    authenticator: Authenticator
    idempotency: Idempotency
    room_creation: Literal["open", "api_key"]
    max_participants: int
    join_url: Callable[[str], str]

    def blueprint(self) -> Blueprint:
        """Return the routes, ready to be registered."""
        rooms = Blueprint("rooms", __name__, url_prefix="/api/v1/rooms")
        add = rooms.add_url_rule
        add("", "create", self.create, methods=["POST"])
        add("", "list", self.list, methods=["GET"])
        add("/<room>", "get", self.get, methods=["GET"])
        add("/<room>", "delete", self.delete, methods=["DELETE"])
        add("/<room>/access", "access", self.access, methods=["POST"])
        add("/<room>/access/renew", "renew", self.renew, methods=["POST"])
        return rooms

    @answers(201, CreatedRoomBody)
    @json_body(CreateRoom)
    async def create(self, body: CreateRoom) -> Response:
        """Create a room.

        A wanted feature that this server lacks does not fail the call: it is named in `warnings`.
        """
        principal = await self._principal()
        if principal is None and self.room_creation == "api_key":
            raise Unauthenticated("api_key_required", "Creating a room needs an API key here.")
        name = _clean(body.name, "/name")
        capacity = min(self.max_participants, body.max_participants or self.max_participants)
        if body.max_participants is not None and body.max_participants > self.max_participants:
            detail = f"Expected at most {self.max_participants}"
            raise InvalidBody((FieldError("/maxParticipants", detail),))
        tenant_id = _tenant(principal)

        async def answer() -> tuple[msgspec.Struct, int]:
            created = await self.service.create(tenant_id, name, capacity, body.features)
            warnings = [
                MissingFeature(code="feature_unavailable", feature=feature)
                for feature in created.unavailable_features
            ]
            return CreatedRoomBody(
                room_id=created.room.room_id,
                slug=created.room.slug,
                join_url=self.join_url(created.room.slug),
                admin_token=created.admin_token,
                warnings=warnings,
            ), 201

        return await self.idempotency.run(tenant_id, _caller(principal), answer)

    @answers(200, RoomList)
    @takes_query(RoomListQuery)
    async def list(self) -> Response:
        """List rooms, newest first."""
        principal = await self._required_principal()
        page = page_of(request.args.get("limit"), request.args.get("cursor"))
        after = None if page.after is None else (page.after.created_at_ms, page.after.last_id)
        # One more than asked for tells whether there is a next page.
        rooms = await self.service.list(principal.tenant_id, page.limit + 1, after)
        shown = rooms[: page.limit]
        cursor = None
        if len(rooms) > page.limit:
            cursor = Cursor(shown[-1].created_at, shown[-1].room_id).encode()
        return _json(RoomList(items=[self._body(room) for room in shown], next_cursor=cursor))

    @answers(200, RoomBody)
    async def get(self, room: str) -> Response:
        """Get a room by id or slug."""
        principal = await self._principal()
        return _json(self._body(await self.service.get(_tenant(principal), room)))

    @answers(204, Empty)
    async def delete(self, room: str) -> Response:
        """Delete a room and end its meeting."""
        token = required_bearer("token_missing", "Send the room's admin token or an API key.")
        principal = await self._principal()
        definition = await self.service.get(_tenant(principal), room)
        if principal is None:
            self.service.require_admin(definition, token)
        await self.service.delete(definition)
        return Response(status=204)

    @answers(201, AccessBody)
    @json_body(RequestAccess)
    async def access(self, body: RequestAccess, room: str) -> Response:
        """Let somebody into a room: a token for `join-room`."""
        principal = await self._principal()
        name = _clean(body.display_name, "/displayName")
        tenant_id = _tenant(principal)

        async def answer() -> tuple[msgspec.Struct, int]:
            definition = await self.service.get(tenant_id, room)
            if body.admin_token is not None:
                self.service.require_admin(definition, body.admin_token)
            is_moderator = principal is not None or body.admin_token is not None
            return _access(
                self.service.grant_access(definition, name, is_moderator=is_moderator)
            ), 201

        return await self.idempotency.run(tenant_id, _caller(principal), answer)

    @answers(201, AccessBody)
    async def renew(self, room: str) -> Response:
        """Exchange a token that is valid, or was until a moment ago, for one that lasts longer."""
        token = required_bearer("token_missing", "Send the token to renew as bearer.")
        if token.startswith(API_KEY_PREFIX):
            raise Forbidden("token_wrong_room", "An API key is not a room's token.")

        async def answer() -> tuple[msgspec.Struct, int]:
            definition = await self.service.get(DEFAULT_TENANT_ID, room)
            return _access(self.service.renew(definition, token)), 201

        # The bearer is part of who calls: nobody else's repeat may be answered with this token.
        return await self.idempotency.run(DEFAULT_TENANT_ID, f"{_caller(None)} {token}", answer)

    async def _principal(self) -> Principal | None:
        """The owner of the API key, if one was sent; a wrong one is refused, never ignored."""
        token = bearer()
        if token is None or not token.startswith(API_KEY_PREFIX):
            return None
        return await self.authenticator.authenticate(token)

    async def _required_principal(self) -> Principal:
        principal = await self._principal()
        if principal is None:
            code = "api_key_required" if bearer() is None else "api_key_invalid"
            raise Unauthenticated(code, "Listing rooms needs an API key as bearer token.")
        return principal

    def _body(self, room: RoomDefinition) -> RoomBody:
        return RoomBody(
            room_id=room.room_id,
            slug=room.slug,
            name=room.name,
            join_url=self.join_url(room.slug),
            max_participants=room.max_participants,
            features=Features(**asdict(room.features)),
            created_at=room.created_at,
            participant_count=self.service.participant_count(room),
        )


def _clean(text: str, pointer: str) -> str:
    """Return a name fit to be shown, or refuse it."""
    cleaned = " ".join(unicodedata.normalize("NFC", text).split())
    banned = any(
        unicodedata.category(char) in BANNED_CATEGORIES and char not in ALLOWED_CHARS
        for char in cleaned
    )
    if banned or not cleaned.strip("".join(ALLOWED_CHARS)):
        raise InvalidBody((FieldError(pointer, "Expected visible characters"),))
    return cleaned


def _tenant(principal: Principal | None) -> str:
    return DEFAULT_TENANT_ID if principal is None else principal.tenant_id


def _caller(principal: Principal | None) -> str:
    return caller_address() if principal is None else principal.api_key_id


def _access(issued: IssuedToken) -> AccessBody:
    return AccessBody(token=issued.token, expires_at=issued.expires_at, role=issued.role)


def _json(body: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(body), content_type="application/json")

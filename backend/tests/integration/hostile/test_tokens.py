"""No token opens a room but the server's own, for that room, in its time."""

from __future__ import annotations

import json
import os

import pytest
from integration.hostile.forgeries import Forged, Forger
from integration.hostile.light import Witnesses
from integration.hostile.raw_socket import RawSocket, raw_socket
from integration.hostile.site import Site
from processes.serving import access, create_room
from streamforge.accounts.token_keys import load_token_keys

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]


async def test_forged_tokens_neither_open_a_room_nor_prolong_a_seat(
    site: Site, room: str, witnesses: Witnesses
) -> None:
    token = await access(site.url, room, "Mallory")
    key = load_token_keys(site.directory / "data", os.urandom).signing.secret_bytes()
    other_room = create_room(site.url, "Another room")
    forged = Forger(token, key).all(other_room)
    forged["of another room"] = (await access(site.url, other_room, "Mallory"), "token_wrong_room")

    async with witnesses.watching(f"{len(forged)} tokens"), raw_socket(site.url) as socket:
        assert await wrongly_answered(socket, "join-room", room, forged) == {}
        genuine = await socket.command("join-room", join_body(room, token))
        assert genuine["ok"], genuine
        assert await wrongly_answered(socket, "renew-token", room, forged) == {}


async def wrongly_answered(
    socket: RawSocket, event: str, room: str, forged: Forged
) -> dict[str, object]:
    """The tokens that were taken, or refused with another code than theirs."""
    found: dict[str, object] = {}
    for what, (token, code) in forged.items():
        body = join_body(room, token) if event == "join-room" else json.dumps({"token": token})
        reply = await socket.command(event, body)
        if reply.get("error", {}).get("code") != code:
            found[what] = reply
    return found


def join_body(room: str, token: str) -> str:
    return json.dumps({"roomId": room, "token": token, "protocol": 1, "displayName": "Mallory"})

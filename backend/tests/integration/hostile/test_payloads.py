"""Every command with every wrong payload that its schema has room for."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from integration.hostile.light import Witnesses
from integration.hostile.payloads import wrong
from integration.hostile.raw_socket import RawSocket, raw_socket
from integration.hostile.site import Site
from processes.serving import access
from streamforge.core.errors import ERRORS
from streamforge.protocol.signaling import COMMANDS

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

# What a broken message may never be answered with: these say that something is wrong with us.
OURS = {"internal", "storage_unavailable", "worker_unavailable", "command_timeout"}


def check(reply: dict[str, Any], said: str) -> str:
    """A refusal has a code of the registry and says something; returns the code."""
    assert isinstance(reply["ok"], bool), (reply, said[:300])
    if reply["ok"]:
        return "ok"
    code = reply["error"]["code"]
    assert code in ERRORS, (reply, said[:300])
    assert code not in OURS, (reply, said[:300])
    assert 0 < len(reply["error"]["message"]) < 2_000
    return code


@pytest.mark.parametrize("is_joined", [False, True], ids=["outside", "inside"])
@pytest.mark.parametrize("event", COMMANDS)
async def test_every_wrong_payload_is_refused_to_its_sender_alone(
    site: Site, room: str, witnesses: Witnesses, event: str, is_joined: bool
) -> None:
    heard_before = len(witnesses.light.events)
    codes: Counter[str] = Counter()
    async with raw_socket(site.url) as socket, witnesses.watching(f"wrong payloads of {event}"):
        token = await access(site.url, room, "Mallory") if is_joined else ""
        is_out = is_joined
        for payload in wrong(COMMANDS[event]):
            if is_out:
                await join(socket, room, token)
            code = check(await socket.command(event, payload), payload)
            codes[code] += 1
            is_out = is_joined and event == "leave" and code == "ok"
    print(f"{event}, {'inside' if is_joined else 'outside'}: {dict(codes)}")
    assert set(codes) - {"ok"}, "not one was refused"
    assert witnesses.light.events[heard_before:] == []


async def join(socket: RawSocket, room: str, token: str) -> None:
    body = {"roomId": room, "token": token, "protocol": 1, "displayName": "Mallory"}
    reply = await socket.command("join-room", json.dumps(body))
    assert reply["ok"], reply

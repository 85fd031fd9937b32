"""Sections of the settings: limits and timers. Each default says where its number comes from.

Two underscores reach a section's field in the environment: `STREAMFORGE_LIMITS__CHAT_PER_5_S`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from streamforge.core.units import DAY_S, HOUR_S, KIB, MIB

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class Limits(BaseModel):
    """What one client, address or room may use before it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    participants_per_room: Count = 100
    # A school behind one NAT has dozens of people in meetings; a flood opens thousands of sockets.
    sockets_per_ip: Count = 50
    # Apart from those: a prejoin page that is looked at keeps one open before anybody joins.
    unjoined_sockets_per_ip: Count = 50
    new_sockets_per_s: Count = 10
    new_sockets_burst: Count = 30
    messages_per_s: Count = 30
    messages_burst: Count = 60
    message_bytes: Count = 64 * KIB
    message_bytes_per_10_s: Count = MIB
    # A queue above this belongs to a client that no longer reads: it is told to start again.
    send_queue_bytes: Count = MIB
    # Seconds with refusals (or broken packets), inside 10 s, until the connection is cut off.
    strikes: Count = 3
    chat_per_5_s: Count = 5
    chat_characters: Count = 4_000
    # Of one connection; and of one address, counting only those that are refused as guesses are.
    joins_per_10_s: Count = 5
    # Of one address into one room: a class behind one NAT comes at once, as many as have sockets.
    room_joins_per_10_s: Count = 50
    offers_per_10_s: Count = 10
    # Offers that begin ICE anew. Our SDK restarts at most five times a minute (jicofo's limit) and
    # may build its connection anew as often.
    ice_restarts_per_min: Count = 10
    offer_bytes: Count = 64 * KIB
    offer_media_lines: Count = 64
    producers_per_participant: Count = 4
    # Replay after a lost socket; older events are covered by the snapshot.
    missed_events: Count = 500
    chat_history: Count = 200
    # Of one address, and again of one API key, wherever it is used.
    rest_per_s: Count = 20
    rest_burst: Count = 60
    body_bytes: Count = MIB


class Timers(BaseModel):
    """How long things are waited for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ping_interval_s: Seconds = 5
    ping_timeout_s: Seconds = 5
    # The prejoin page connects ahead: as long as most people take there. It is cut off after that
    # and connects again while it is looked at.
    join_within_s: Seconds = 120
    # Socket lost, media alive: the others see a badge and nothing else.
    seat_held_s: Seconds = 60
    # Socket and media lost: longer than a change of network, shorter than patience.
    seat_reconnecting_s: Seconds = 15
    meeting_empty_s: Seconds = 60
    join_token_s: Seconds = HOUR_S
    admin_token_s: Seconds = 30 * DAY_S
    # Renewal of a token that ran out meanwhile: a laptop slept. A held seat (`seat_held_s`), the
    # 10 s until the cut is noticed, and as much again for the way back to the network.
    token_renewal_grace_s: Annotated[float, Field(ge=0)] = 120
    token_expiring_notice_s: Seconds = 300
    journal_commit_ms: Annotated[int, Field(ge=0, le=1_000)] = 5
    worker_command_s: Seconds = 5
    worker_controller_s: Seconds = 60
    graceful_stop_s: Seconds = 10
    # So long after its start a server gets a standby, which is loaded and waits for its end: they
    # do not compete for the CPU, and a server that ends at once fills no memory. 0 keeps none.
    server_standby_s: Annotated[float, Field(ge=0)] = 10

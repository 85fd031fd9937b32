"""Scripts for the pure room: given commands, when one more, then these events."""

from __future__ import annotations

from typing import Any

from streamforge.protocol.media import PublishedTrack, Source
from streamforge.protocol.signaling import OfferedTrack
from streamforge.rooms import room
from streamforge.rooms.commands import (
    Command,
    Join,
    Offer,
    OfferRequest,
    ReportAnswer,
    ReportTransport,
    ResumeRequest,
    StartMeeting,
)
from streamforge.rooms.definition import RoomDefinition, RoomFeatures
from streamforge.rooms.effects import Effect
from streamforge.rooms.events import AnyRoomEvent
from streamforge.rooms.model import Meeting, Rules, Seat

START = 1_000_000
HOUR_MS = 3_600_000
ALL_SOURCES: tuple[Source, ...] = ("microphone", "camera", "screen", "screen-audio")
SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"


class Script:
    """A meeting and its time; `when` decides, applies and remembers."""

    def __init__(self, rules: Rules | None = None, **features: bool) -> None:
        self.rules = rules or Rules()
        self.now = START
        self.meeting: Meeting | None = None
        self.effects: list[Effect] = []
        definition = RoomDefinition(
            room_id="room_1",
            tenant_id="tnt_1",
            name="Weekly",
            slug="weekly",
            max_participants=3,
            features=RoomFeatures(**features),
            created_at=1,
        )
        self.when(StartMeeting("mtg_1", definition, "rtr_1"))

    def when(self, command: Command, *, after_ms: int = 0) -> list[AnyRoomEvent]:
        self.now += after_ms
        events = room.decide(self.meeting, command, self.now, self.rules)
        self.effects = []
        for event in events:
            before = self.meeting
            self.meeting = room.apply(before, event)
            self.effects += room.effects(before, event, self.meeting)
        return events

    def seat(self, who: str) -> Seat:
        assert self.meeting is not None
        return self.meeting.seats[f"seat_{who}"]

    @property
    def seats(self) -> dict[str, Seat]:
        assert self.meeting is not None
        return self.meeting.seats

    def join(self, who: str, **changes: Any) -> list[AnyRoomEvent]:
        return self.when(join(who, **changes))

    def publish(self, who: str, *sources: Source) -> None:
        """Let somebody send these sources, over a transport that connects."""
        self.when(offer(who, *sources, epoch=self.seat(who).transport_epoch))
        self.when(answered(who, *sources))
        self.connect(who)

    def connect(self, who: str) -> None:
        self.when(ReportTransport(f"trn_{who}", "connected"))


def join(who: str, **changes: Any) -> Join:
    given: dict[str, Any] = {
        "link": f"link_{who}",
        "subject": f"sub_{who}",
        "display_name": who.title(),
        "role": "participant",
        "publish": ALL_SOURCES,
        "subscribe": True,
        "may_chat": True,
        "token_expires_at": START + HOUR_MS,
        "seat_id": f"seat_{who}",
        "participant_id": f"ptc_{who}",
        "resume_hash": f"hash_{who}",
    }
    return Join(**{**given, **changes})


def resume(who: str, *, hash_of_token: str | None = None, **changes: Any) -> Join:
    request = ResumeRequest(f"seat_{who}", hash_of_token or f"hash_{who}", 0)
    again = {
        "link": f"link_{who}_2",
        "seat_id": f"seat_{who}_2",
        "participant_id": f"ptc_{who}_2",
        "resume_hash": f"hash_{who}_2",
        "resume": request,
    }
    return join(who, **{**again, **changes})


def offered(*sources: str, muted: tuple[str, ...] = ()) -> tuple[OfferedTrack, ...]:
    return tuple(
        OfferedTrack(mid=str(mid), source=source, muted=source in muted)
        for mid, source in enumerate(sources)
    )


def request(who: str, *sources: str, muted: tuple[str, ...] = (), sdp: str = SDP) -> OfferRequest:
    return OfferRequest(
        sdp=sdp,
        publish=offered(*sources, muted=muted),
        transport_id=f"trn_{who}",
        producer_ids=tuple(f"prd_{who}_{source}" for source in sources),
    )


def offer(
    who: str, *sources: str, epoch: int = 1, muted: tuple[str, ...] = (), **changes: Any
) -> Offer:
    given: dict[str, Any] = {
        "link": f"link_{who}",
        "seat_id": f"seat_{who}",
        "command_id": "cmd_1",
        "transport_epoch": epoch,
        "offer": request(who, *sources, muted=muted),
    }
    return Offer(**{**given, **changes})


def answered(who: str, *sources: Source, told_muted: tuple[Source, ...] = ()) -> ReportAnswer:
    producers = tuple(
        PublishedTrack(
            producer_id=f"prd_{who}_{source}",
            mid=str(mid),
            kind="audio" if source in {"microphone", "screen-audio"} else "video",
            source=source,
        )
        for mid, source in enumerate(sources)
    )
    return ReportAnswer(f"seat_{who}", f"trn_{who}", offered(*sources), producers, told_muted)


def names(events: list[AnyRoomEvent]) -> list[str]:
    return [type(event).__name__ for event in events]

"""As much SDP as a worker without media needs: the media lines of an offer, and an answer to them.

Pure. The answer has the right shape (RFC 8829 §5.3) and credentials that connect to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, cast

from streamforge.core.errors import Invalid

Direction = Literal["sendonly", "recvonly", "sendrecv", "inactive"]
LineKind = Literal["audio", "video", "application"]

_MIRRORED: Final[dict[Direction, Direction]] = {
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "sendrecv": "sendrecv",
    "inactive": "inactive",
}
_KINDS: Final = frozenset({"audio", "video", "application"})
_FINGERPRINT: Final = ":".join(["00"] * 32)


@dataclass(frozen=True, slots=True)
class MediaLine:
    """One `m=` section of an offer."""

    mid: str
    kind: LineKind
    direction: Direction
    protocol: str
    formats: str


def parse_offer(sdp: str) -> dict[str, MediaLine]:
    """Return the media lines by mid, in order.

    Raises:
        Invalid: `bad_sdp`.
    """
    if not sdp.startswith("v=0"):
        raise Invalid("bad_sdp", "An offer begins with v=0.")
    sections = [part.splitlines() for part in sdp.replace("\r\n", "\n").split("\nm=")[1:]]
    if not sections:
        raise Invalid("bad_sdp", "The offer has no media lines.")
    lines = [_media_line(section) for section in sections]
    by_mid = {line.mid: line for line in lines}
    if len(by_mid) != len(lines):
        raise Invalid("bad_sdp", "Two media lines have one mid.")
    return by_mid


def answer_to(lines: Iterable[MediaLine]) -> str:
    """Return an answer with the lines of the offer, each in the opposite direction."""
    listed = tuple(lines)
    head = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {' '.join(line.mid for line in listed)}",
        "a=ice-lite",
    ]
    for line in listed:
        head += [
            f"m={line.kind} 9 {line.protocol} {line.formats}",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{line.mid}",
            "a=ice-ufrag:fake",
            "a=ice-pwd:fakefakefakefakefakefake",
            f"a=fingerprint:sha-256 {_FINGERPRINT}",
            "a=setup:passive",
        ]
        if line.kind != "application":
            head += ["a=rtcp-mux", f"a={_MIRRORED[line.direction]}"]
    return "\r\n".join(head) + "\r\n"


def _media_line(section: list[str]) -> MediaLine:
    words = section[0].split(" ", 3)
    kind = words[0]
    if len(words) != 4 or kind not in _KINDS:
        raise Invalid("bad_sdp", f"The media line {section[0]!r} cannot be read.")
    mid: str | None = None
    direction: Direction = "sendrecv"  # RFC 8866 §6.7: the default
    for line in section[1:]:
        if line.startswith("a=mid:"):
            mid = line.removeprefix("a=mid:")
        elif line.removeprefix("a=") in _MIRRORED:
            direction = cast("Direction", line.removeprefix("a="))
    if not mid:
        raise Invalid("bad_sdp", "A media line has no mid.")
    return MediaLine(
        mid=mid,
        kind=cast("LineKind", kind),
        direction=direction,
        protocol=words[2],
        formats=words[3],
    )

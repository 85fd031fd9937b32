"""Makes the part of the join URL that names a room: readable, sayable on the phone, unguessable.

`weekly-sync-lusab-babad-gutih`: the room's name, cut to what fits in a URL, then three proquints
(arXiv:0901.4016). Each is 16 random bits written as consonant-vowel-consonant-vowel-consonant, so a
slug holds 48 random bits whatever the name is. Lookups are limited to 20 a second for each address:
finding one of a thousand rooms by guessing would take an address 400 years.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

CONSONANTS: Final = "bdfghjklmnprstvz"
VOWELS: Final = "aiou"
RANDOM_BYTES: Final = 6
NAME_CHARS: Final = 40


def new_slug(name: str, random_bytes: Callable[[int], bytes]) -> str:
    """Return a slug for a room of this name.

    A name without Latin letters or digits adds nothing.
    """
    raw = random_bytes(RANDOM_BYTES)
    quints = [_proquint(int.from_bytes(raw[at : at + 2], "big")) for at in range(0, len(raw), 2)]
    readable = _readable(name)
    return "-".join([readable, *quints] if readable else quints)


def _readable(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    words = re.findall(r"[a-z0-9]+", plain)
    kept = ""
    for word in words:
        longer = f"{kept}-{word}" if kept else word[:NAME_CHARS]
        if len(longer) > NAME_CHARS:
            break
        kept = longer
    return kept


def _proquint(bits: int) -> str:
    """Spell 16 bits as five letters: 4, 2, 4, 2 and 4 bits."""
    return "".join(
        (
            CONSONANTS[bits >> 12 & 0xF],
            VOWELS[bits >> 10 & 0x3],
            CONSONANTS[bits >> 6 & 0xF],
            VOWELS[bits >> 4 & 0x3],
            CONSONANTS[bits & 0xF],
        )
    )

"""The base of domain events: immutable facts in the past tense. It says nothing of who hears them.

An event names itself on the wire by its class (`ChatSent` → `chat-sent`) and says how it is stored:
`durable` events are journalled before anybody hears of them, `volatile` ones are only announced.
"""

from __future__ import annotations

import re
from typing import ClassVar, Literal

import msgspec

Durability = Literal["durable", "volatile"]

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


def wire_name(class_name: str) -> str:
    """Return the kebab-case name of a class: `ChatSent` → `chat-sent`."""
    return _WORD_START.sub("-", class_name).lower()


class Event(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", tag=wire_name
):
    """A fact. Subclasses repeat `frozen=True`, may set `durability`."""

    durability: ClassVar[Durability] = "durable"

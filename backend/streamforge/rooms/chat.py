"""Chat: who may say what, and which messages the meeting remembers. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

import msgspec

from streamforge.core.errors import Forbidden, Invalid
from streamforge.rooms import answers
from streamforge.rooms.commands import SendChat
from streamforge.rooms.events import ChatSent
from streamforge.rooms.model import Meeting, Message, Rules, Seat

# What a joining browser gets in one message, as JSON. Far below the send queue's limit, or a long
# chat would make that message itself the reason for "start again".
MAX_HISTORY_BYTES: Final = 256 * 1024
# Control characters are no text, PostgreSQL refuses NUL, and JSON spends six bytes on each.
KEPT_CONTROLS: Final = frozenset("\n\t")


def decide(
    meeting: Meeting, seat: Seat, command: SendChat, now: int, rules: Rules
) -> list[ChatSent]:
    """Say something, if this person may and the text is one.

    Raises:
        Forbidden: `chat_disabled`.
        Invalid: `chat_empty`, `chat_too_long`.
    """
    if not meeting.room.features.chat or not seat.may_chat:
        raise Forbidden("chat_disabled", "Chat is switched off here.")
    text = _clean(command.text)
    if not text:
        raise Invalid("chat_empty")
    if len(text) > rules.chat_characters:
        raise Invalid(
            "chat_too_long", f"A chat message has at most {rules.chat_characters} characters."
        )
    return [
        ChatSent(
            seat_id=seat.seat_id,
            command_id=command.command_id,
            message_id=command.message_id,
            participant_id=seat.participant_id,
            display_name=seat.display_name,
            text=text,
            at=now,
        )
    ]


def apply(meeting: Meeting, event: ChatSent) -> Meeting:
    """Remember the message, and that its command was carried out. `seq` has grown already."""
    message = Message(
        message_id=event.message_id,
        participant_id=event.participant_id,
        display_name=event.display_name,
        text=event.text,
        sent_at=event.at,
        seq=meeting.seq,
    )
    changed = msgspec.structs.replace(
        meeting, chat=_trimmed((*meeting.chat, message), meeting.chat_history)
    )
    return answers.remember(
        changed, event.seat_id, event.command_id, message_id=event.message_id, seq=meeting.seq
    )


def _clean(text: str) -> str:
    # Lone surrogates cannot be encoded at all.
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(
        char for char in encodable if char in KEPT_CONTROLS or unicodedata.category(char) != "Cc"
    ).strip()


def _trimmed(chat: tuple[Message, ...], most: int) -> tuple[Message, ...]:
    kept = chat[-most:]
    sizes = [len(msgspec.json.encode(message)) for message in kept]
    size, dropped = sum(sizes), 0
    while size > MAX_HISTORY_BYTES and dropped < len(kept) - 1:
        size -= sizes[dropped]
        dropped += 1
    return kept[dropped:]

"""Every error that the product raises on purpose, and the one registry of their codes.

    AppError
    ├── Invalid 400            the request cannot be understood
    │   ├── MethodNotAllowed 405
    │   ├── UnsupportedMedia 415
    │   └── Unprocessable 422
    ├── Unauthenticated 401    who are you?
    ├── Forbidden 403          you may not
    ├── NotFound 404
    ├── Conflict 409           not in this state
    ├── TooLarge 413
    ├── Limited 429            slower (`retry_after_ms`)
    ├── Unavailable 503        not now; trying again may help
    └── Bug 500                our fault

Errors are translated in two places only (web problems, signaling acks); services never know HTTP.
`message` is for the caller and says what to do; `context` is for the log and stays on the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple


class AppError(Exception):
    """Base of the tree. Raise a subclass with a code from `ERRORS`."""

    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(
        self, code: str, message: str = "", *, context: Mapping[str, object] | None = None
    ) -> None:
        self.code = code
        self.message = message or default_message(code)
        self.context: dict[str, object] = dict(context or {})
        super().__init__(f"{code}: {self.message}")

    @property
    def retry_after_ms(self) -> int | None:
        """When trying again may help, in milliseconds from now; None when unknown."""
        return None


class Invalid(AppError):
    """The request cannot be understood; sending it again will not help."""

    status = 400


class MethodNotAllowed(Invalid):
    """The resource exists, the verb does not."""

    status = 405


class UnsupportedMedia(Invalid):
    """The body has a type that is not read here."""

    status = 415


class Unprocessable(Invalid):
    """Well-formed, but it contradicts something that was said before."""

    status = 422


class Unauthenticated(AppError):
    """Nothing valid says who is asking."""

    status = 401


class Forbidden(AppError):
    """Known, and not allowed."""

    status = 403


class NotFound(AppError):
    """There is no such thing, or the caller may not know of it."""

    status = 404


class Conflict(AppError):
    """Not possible in the present state."""

    status = 409


class TooLarge(AppError):
    """More bytes, lines or members than a limit allows."""

    status = 413


class Limited(AppError):
    """Too many, too fast."""

    status = 429
    retryable = True

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        retry_after_ms: int = 1_000,
        context: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code, message, context=context)
        self._retry_after_ms = retry_after_ms

    @property
    def retry_after_ms(self) -> int | None:
        """When the next attempt has a chance, in milliseconds from now."""
        return self._retry_after_ms


class Unavailable(AppError):
    """Something that we need is away for now."""

    status = 503
    retryable = True


class Bug(AppError):
    """A state that the code excludes. Details go to the log, not to the caller."""

    status = 500


class ErrorSpec(NamedTuple):
    """What a code means: its class, an English text, and the key of that text in the catalogues."""

    kind: type[AppError]
    message: str
    message_key: str


def _codes(kind: type[AppError], messages: Mapping[str, str]) -> dict[str, ErrorSpec]:
    return {code: ErrorSpec(kind, text, f"error.{code}") for code, text in messages.items()}


ERRORS: Final[Mapping[str, ErrorSpec]] = {
    **_codes(
        Invalid,
        {
            "bad_json": "The body is not valid JSON.",
            "bad_message": "The message cannot be understood.",
            "bad_sdp": "The session description cannot be used.",
            "binary_refused": "Binary packets are not accepted.",
            "chat_empty": "A chat message needs some text.",
            "chat_too_long": "A chat message has at most 4000 characters.",
            "cursor_invalid": "The page cursor is not valid.",
            "duplicate_source": "A source is published twice.",
            "hello_required": "The first message must say hello.",
            "idempotency_key_invalid": "The idempotency key is not valid.",
            "name_invalid": "This name cannot be used.",
            "settings_invalid": "The configuration has errors.",
            "unknown_command": "There is no such command.",
            "unknown_source": "There is no such source.",
            "upgrade_required": "This version is no longer spoken here; reload or upgrade.",
            "validation_failed": "Some fields are missing or wrong.",
        },
    ),
    **_codes(MethodNotAllowed, {"method_not_allowed": "This method is not allowed here."}),
    **_codes(UnsupportedMedia, {"unsupported_media_type": "Send JSON (application/json)."}),
    **_codes(
        Unprocessable,
        {
            "idempotency_mismatch": "This idempotency key was used with another request.",
        },
    ),
    **_codes(
        Unauthenticated,
        {
            "api_key_invalid": "This API key is not valid.",
            "api_key_required": "This needs an API key.",
            "token_expired": "This token has expired; ask for a new one.",
            "token_invalid": "This token is not valid.",
            "token_missing": "This needs a token.",
        },
    ),
    **_codes(
        Forbidden,
        {
            "admin_required": "This needs the room's admin token or an API key.",
            "chat_disabled": "Chat is off in this room.",
            "metrics_forbidden": "Metrics are not available from here.",
            "origin_not_allowed": "This origin may not connect.",
            "publish_not_allowed": "You may not publish this source.",
            "token_wrong_room": "This token is for another room.",
            "token_wrong_subject": "This token is somebody else's.",
        },
    ),
    **_codes(
        NotFound,
        {
            "not_found": "There is nothing here.",
            "producer_not_found": "There is no such track.",
            "room_not_found": "There is no such room.",
            "router_not_found": "There is no such router.",
            "transport_not_found": "There is no such connection.",
        },
    ),
    **_codes(
        Conflict,
        {
            "already_joined": "This connection has already joined a room.",
            "duplicate": "You joined from somewhere else.",
            "idempotency_unreadable": "The stored answer to this key cannot be read.",
            "idempotency_in_flight": "The first request with this key is still running.",
            "other_worker": "Media cannot move to another worker without a new offer.",
            "journal_conflict": "Another server writes this meeting.",
            "joining": "A join is under way.",
            "meeting_closed": "The meeting has ended.",
            "not_joined": "Join a room first.",
            "removed": "You were removed from the meeting.",
            "resync": "The connection fell too far behind; it starts again.",
            "room_closed": "The room was closed.",
            "room_full": "The room is full.",
            "slug_taken": "This name is taken.",
            "stale_epoch": "A newer server commands this worker.",
            "stale_transport": "This connection was replaced by a newer one.",
            "transport_exists": "This connection exists already.",
        },
    ),
    **_codes(
        TooLarge,
        {
            "body_too_large": "The body is too large.",
            "message_too_large": "The message is too large.",
            "sdp_too_large": "The session description is too large.",
            "too_many_tracks": "This is more tracks than one person may send.",
            "too_many_media_lines": "The session description has too many media lines.",
        },
    ),
    **_codes(
        Limited,
        {
            "limit_exceeded": "A limit is reached.",
            "rate_limited": "Too many requests; wait a moment.",
        },
    ),
    **_codes(
        Unavailable,
        {
            "command_timeout": "The media worker did not answer in time.",
            "no_worker": "No media worker is ready.",
            "router_quarantined": "This meeting's media failed repeatedly and is paused.",
            "server_unreachable": "No server answers.",
            "shutting_down": "The server is shutting down.",
            "storage_unavailable": "The server cannot store anything at the moment.",
            "ui_not_built": "The web interface is missing from this server: run `make ui`.",
            "worker_lost": "The media worker is gone; the connection is being rebuilt.",
        },
    ),
    **_codes(
        Bug,
        {
            "already_running": "Another server uses this data directory.",
            "certificate_invalid": "The certificate or its key cannot be used.",
            "database_too_new": "The database was written by a newer build.",
            "internal": "Something went wrong on the server.",
            "port_unavailable": "A port cannot be opened.",
            "runtime_dir_unusable": "The runtime directory cannot be used.",
            "token_keys_invalid": "The token key file cannot be used.",
            "worker_binary_missing": "The media worker program is not installed.",
        },
    ),
}


def default_message(code: str) -> str:
    """Return the registered text of a code; an unknown code gets the text of `internal`."""
    return ERRORS.get(code, ERRORS["internal"]).message


def from_code(
    code: str, message: str = "", *, context: Mapping[str, object] | None = None
) -> AppError:
    """Return the error that a code from another process stands for; an unknown code is a `Bug`."""
    spec = ERRORS.get(code)
    if spec is None:
        return Bug("internal", message, context={"code": code, **(context or {})})
    return spec.kind(code, message, context=context)

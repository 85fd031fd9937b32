"""Structured logs: a static event name and keys; JSON for machines, a line for people.

Context (`meeting_id`, `participant_id`, `correlation_id`, …) is bound with `bound(...)` and appears
in every line below it. Values under telling keys are masked. It writes to stderr, rotates nothing.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from typing import Final, Literal, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from streamforge.core.secret import MASK, Secret

LogFormat = Literal["json", "console"]
LogLevel = Literal["debug", "info", "warning", "error"]
Logger = FilteringBoundLogger

# Parts of key names that mean "never print this", whatever the code around it believes.
_SENSITIVE_PARTS: Final = (
    "token",
    "secret",
    "password",
    "authorization",
    "cookie",
    "api_key",
    "sdp",
)
# Keys that contain such a part and are harmless: they count or name, they do not hold.
_HARMLESS_ENDINGS: Final = ("_bytes", "_count", "_id", "_ms", "_s")


def get_logger(name: str) -> Logger:
    """Return the logger of a module; call it with `__name__`."""
    return cast("Logger", structlog.stdlib.get_logger(name))


def configure_logging(level: LogLevel, fmt: LogFormat, *, process: str) -> None:
    """Send every record, ours and the libraries', to stderr in one format; `process` names us."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _adding("process", process),
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderer(fmt),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


@contextmanager
def bound(**context: object) -> Generator[None]:
    """Add keys to every line that is logged inside, also in tasks that are started there."""
    with structlog.contextvars.bound_contextvars(**context):
        yield


@contextmanager
def detached(**context: object) -> Generator[None]:
    """Log inside with these keys only: for a task that outlives whoever happens to start it."""
    outside = structlog.contextvars.get_contextvars()
    structlog.contextvars.clear_contextvars()
    try:
        with structlog.contextvars.bound_contextvars(**context):
            yield
    finally:
        structlog.contextvars.bind_contextvars(**outside)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask values under telling keys and every `Secret`, also one level down."""
    for key, value in event.items():
        event[key] = _redacted(key, value)
    return event


def is_sensitive(key: str) -> bool:
    """Say whether a value under this key must not be printed."""
    name = key.lower().replace("-", "_")
    if name.endswith(_HARMLESS_ENDINGS):
        return False
    return any(part in name for part in _SENSITIVE_PARTS)


def _redacted(key: str, value: object) -> object:
    if isinstance(value, Secret) or is_sensitive(key):
        return MASK
    if isinstance(value, MutableMapping):
        items = cast("MutableMapping[object, object]", value).items()
        return {inner: _redacted(str(inner), held) for inner, held in items}
    return value


def _adding(key: str, value: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault(key, value)
        return event

    return add


def _renderer(fmt: LogFormat) -> list[Processor]:
    if fmt == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]

"""What signaling counts for the operator; `infra.metrics.Metrics` implements it."""

from __future__ import annotations

from typing import Protocol


class Counts(Protocol):
    """Counters with few, fixed labels."""

    def count_join(self, result: str) -> None:
        """A `join-room` was answered: `ok`, or the code of its error."""
        ...

    def count_refusal(self, code: str) -> None:
        """A command was refused with this code."""
        ...

    def count_limit(self, limit: str) -> None:
        """Somebody reached this limit."""
        ...

    def count_disconnect(self, reason: str) -> None:
        """A connection ended."""
        ...


class NoCounts:
    """Counts nothing."""

    def count_join(self, result: str) -> None:
        """Ignore it."""

    def count_refusal(self, code: str) -> None:
        """Ignore it."""

    def count_limit(self, limit: str) -> None:
        """Ignore it."""

    def count_disconnect(self, reason: str) -> None:
        """Ignore it."""

"""Creates a room over a server's REST API, for the command line. It keeps nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import httpx

from streamforge.core.errors import AppError, Unavailable, from_code

TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class RoomRequest:
    """Which server to ask, and the file of its API key, which is read when it is there."""

    server: str
    api_key_file: Path
    is_local: bool

    def send(self, name: str, max_participants: int | None) -> dict[str, Any]:
        """Create the room and return the answer.

        Raises:
            AppError: the server's error, or `server_unreachable` in words.
        """
        body: dict[str, object] = {"name": name}
        if max_participants is not None:
            body["maxParticipants"] = max_participants
        url = f"{self.server.rstrip('/')}/api/v1/rooms"
        try:
            answer = httpx.post(url, json=body, headers=self._headers(), timeout=TIMEOUT_S)
        except httpx.HTTPError as error:
            hint = " Start one with `streamforge serve`." if self.is_local else ""
            message = f"No server answers at {self.server}.{hint}"
            raise Unavailable("server_unreachable", message) from error
        if answer.is_success:
            return cast("dict[str, Any]", answer.json())
        raise _error_of(answer)

    def _headers(self) -> dict[str, str]:
        try:
            key = self.api_key_file.read_text().strip()
        except OSError:
            return {}  # a server that lets anybody create rooms needs none
        return {"Authorization": f"Bearer {key}"} if key else {}


def _error_of(answer: httpx.Response) -> AppError:
    try:
        problem = cast("dict[str, Any]", answer.json())
    except ValueError:
        problem = {}
    code = str(problem.get("code", "internal"))
    detail = str(problem.get("detail") or problem.get("title") or f"HTTP {answer.status_code}")
    return from_code(code, detail)

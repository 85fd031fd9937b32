"""Creates a room over a server's REST API, for the command line. It keeps nothing."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, cast

import httpx

from streamforge.core.errors import AppError, Unavailable, from_code

TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class RoomRequest:
    """Which server to ask, and the file of its API key, if it has one.

    The file is read when it is there. The key goes to the server whoever that is: the caller must
    not give the key of another one.
    """

    server: str
    api_key_file: Path | None
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
            answer = httpx.post(
                url,
                json=body,
                headers=self._headers(),
                timeout=TIMEOUT_S,
                # A proxy of the environment does not reach, nor need to see, this machine.
                trust_env=not _is_this_machine(httpx.URL(url).host),
            )
        except httpx.InvalidURL as error:
            message = f"{self.server!r} is not a URL such as https://meet.example.org."
            raise Unavailable("server_unreachable", message) from error
        except httpx.HTTPError as error:
            hint = " Start one with `streamforge serve`." if self.is_local else ""
            message = f"No server answers at {self.server}.{hint}"
            raise Unavailable("server_unreachable", message) from error
        if answer.is_success:
            return cast("dict[str, Any]", answer.json())
        raise _error_of(answer)

    def _headers(self) -> dict[str, str]:
        if self.api_key_file is None:
            return {}
        try:
            key = self.api_key_file.read_text().strip()
        except OSError:
            return {}  # a server that lets anybody create rooms needs none
        return {"Authorization": f"Bearer {key}"} if key else {}


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _error_of(answer: httpx.Response) -> AppError:
    try:
        problem = cast("dict[str, Any]", answer.json())
    except ValueError:
        problem = {}
    code = str(problem.get("code", "internal"))
    detail = str(problem.get("detail") or problem.get("title") or f"HTTP {answer.status_code}")
    return from_code(code, detail)

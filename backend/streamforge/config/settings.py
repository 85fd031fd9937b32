"""The settings of one server: read once from `STREAMFORGE_*`, checked, then passed as an argument.

Nothing else reads the environment. Lists are comma-separated. `docs/` explains each to operators.
"""

from __future__ import annotations

import os
import socket
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from streamforge.config.sections import Limits, Timers
from streamforge.core.errors import Invalid

PREFIX: Final = "STREAMFORGE_"
# Media ports of all workers stay inside the documented range.
MEDIA_PORT_LAST: Final = 49_999

Port = Annotated[int, Field(ge=0, le=65_535)]
CommaList = Annotated[tuple[str, ...], NoDecode]


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME")  # noqa: TID251 (config is the reader)
    return Path(base or Path.home() / ".local" / "share") / "streamforge"


def _cores() -> int:
    # The cores of this process (a container's share), not those of the machine.
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)


class Settings(BaseSettings):
    """Everything that an operator may choose. Port 0 lets the system choose one."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="ignore", frozen=True
    )

    data_dir: Path = Field(default_factory=_default_data_dir)
    runtime_dir: Path = Path()  # sockets of the workers; default: data_dir/run
    database_url: str = ""  # default: SQLite in data_dir

    # Listening sockets that the supervisor opened and passed on; absent when a server runs alone.
    http_fd: int | None = None
    https_fd: int | None = None
    host: str = "0.0.0.0"  # noqa: S104 (a meeting server is there to be reached)
    http_port: Port = 3000
    https_port: Port = 3443
    https_enabled: bool = True
    tls_cert: Path | None = None
    tls_key: Path | None = None
    public_url: str = ""  # default: http://localhost:{http_port}{base_path}
    base_path: str = ""
    trusted_proxies: CommaList = ()
    allowed_origins: CommaList = ()

    announced_addresses: CommaList = ()  # default: the addresses of this machine
    media_port_base: Annotated[int, Field(ge=0, le=MEDIA_PORT_LAST)] = 40_000
    workers: Annotated[int, Field(ge=1, le=256)] = Field(default_factory=_cores)
    worker_binary: Path | None = None
    # How server and workers speak: Unix sockets, or loopback TCP with a token where there are none.
    worker_ipc: Literal["unix", "tcp"] = "unix" if hasattr(socket, "AF_UNIX") else "tcp"

    room_creation: Literal["open", "api_key"] = "open"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "console"

    limits: Limits = Limits()
    timers: Timers = Timers()

    @property
    def is_public(self) -> bool:
        """Whether the operator chose a public URL on another name than this machine's loopback."""
        if "public_url" not in self.model_fields_set:
            return False
        host = urlsplit(self.public_url).hostname or ""
        return host != "localhost" and not host.endswith(".localhost") and not _is_loopback(host)

    @field_validator("trusted_proxies", "allowed_origins", "announced_addresses", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network, strict=False)
        return value

    @field_validator("announced_addresses")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_address(address)) for address in value)

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
                raise ValueError(f"{origin!r} is not an origin such as https://meet.example.org")
        return value

    @field_validator("base_path")
    @classmethod
    def _normal_base_path(cls, value: str) -> str:
        stripped = value.strip("/")
        return f"/{stripped}" if stripped else ""

    @field_validator("public_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError("it must look like https://meet.example.org")
        return value.rstrip("/")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        # `STREAMFORGE_TLS_CERT=` in an env file means "not set".
        return {key: value for key, value in values.items() if value != ""}

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key are given together or not at all")
        last_port = self.media_port_base + self.workers - 1
        if self.media_port_base and last_port > MEDIA_PORT_LAST:
            raise ValueError(f"{self.workers} workers need media ports up to {last_port}")
        # The model is frozen for its users; these are defaults that depend on other fields.
        derived = {
            "data_dir": self.data_dir.expanduser().absolute(),
            "runtime_dir": self.runtime_dir,
            "database_url": self.database_url,
            "public_url": self.public_url,
        }
        if self.runtime_dir == Path():
            derived["runtime_dir"] = self.data_dir.expanduser().absolute() / "run"
        if not self.database_url:
            file = self.data_dir.expanduser().absolute() / "streamforge.db"
            derived["database_url"] = f"sqlite+aiosqlite:///{file}"
        if not self.public_url:
            derived["public_url"] = f"http://localhost:{self.http_port}{self.base_path}"
        for name, value in derived.items():
            object.__setattr__(self, name, value)
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(**overrides: object) -> Settings:
    """Read the environment; `overrides` (from the command line or a test) win.

    Raises:
        Invalid: `settings_invalid`; the message lists every wrong setting in words.
    """
    given: dict[str, Any] = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise Invalid("settings_invalid", _in_words(error)) from error


def _in_words(error: ValidationError) -> str:
    lines: list[str] = []
    for problem in error.errors():
        name = "__".join(str(part) for part in problem["loc"]).upper()
        text = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{PREFIX}{name}: {text}" if name else text)
    return "; ".join(lines)

"""Under which URLs people reach this server, as far as it can know. It opens no socket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from quart import request

from streamforge.web.origins import Origins


@dataclass(frozen=True, slots=True)
class PublicUrls:
    """Builds join URLs. A configured `public_url` always wins."""

    public_url: str
    is_configured: bool
    base_path: str
    origins: Origins

    def join_url(self, slug: str) -> str:
        """The URL to hand out for a room.

        Without a configured URL it is the address by which the caller reached us: a link made on a
        laptop by `localhost` works there, one made over the local network works for the network.
        """
        return f"{self._base()}/room/{slug}"

    def _base(self) -> str:
        if self.is_configured or not self.origins.is_own_host(request.host):
            return self.public_url
        return f"{request.scheme}://{request.host}{self.base_path}"


def own_hosts(public_url: str, machine_name: str, announced: Iterable[str]) -> list[str]:
    """Every name and address that is ours: for the certificate and for the origin check."""
    public_host = urlsplit(public_url).hostname or "localhost"
    names = [public_host, machine_name, *announced]
    # mDNS: how a machine is found on a home or office network without a name server.
    if machine_name and "." not in machine_name:
        names.append(f"{machine_name}.local")
    return list(dict.fromkeys(name for name in names if name))

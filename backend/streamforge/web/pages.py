"""The routes of the web interface: its page at every address of the app, and its files.

Which rooms exist is none of its business: the page asks by REST and explains a missing room itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from quart import Blueprint, Response, request
from quart.blueprints import BlueprintSetupState
from werkzeug.routing import PathConverter

from streamforge.core.errors import NotFound
from streamforge.web.static_ui import StaticUi

# Below these there is never a page: a missing script must not be answered by HTML.
MACHINE_PATHS: Final = ("assets/", "socket.io", "problems/")


class PagePath(PathConverter):
    """Any path but the API's: a mistyped call is "not found" there, whatever its method."""

    regex = r"(?!api/)[^/].*?"


@dataclass(frozen=True, slots=True)
class PageRoutes:
    """The handlers."""

    ui: StaticUi

    def blueprint(self) -> Blueprint:
        """Return the routes, ready to be registered last."""
        pages = Blueprint("pages", __name__)
        pages.record_once(_know_page_paths)
        pages.add_url_rule("/", "home", self.home, methods=["GET"])
        pages.add_url_rule("/room/<slug>", "room", self.room, methods=["GET"])
        pages.add_url_rule("/<page:path>", "other", self.other, methods=["GET"])
        return pages

    async def home(self) -> Response:
        """The start page."""
        return self.ui.page(request.host)

    async def room(self, slug: str) -> Response:  # noqa: ARG002 - the page reads it from its address
        """The page of a room, whether the room exists or not."""
        return self.ui.page(request.host)

    async def other(self, path: str) -> Response:
        """A file of the interface; else the page, which says that nothing is here."""
        found = await self.ui.file(path)
        if found is not None:
            return found
        if path.startswith(MACHINE_PATHS) or not request.accept_mimetypes.accept_html:
            raise NotFound("not_found")
        return self.ui.page(request.host, status=404)


def _know_page_paths(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["page"] = PagePath

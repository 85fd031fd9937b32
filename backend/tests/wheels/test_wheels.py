"""Both wheels, in a clean environment without Rust and Node, carry a call with both media."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest
from integration.foreign.participant import Participant
from integration.foreign.people import ADA, BEN
from processes.serving import create_room, serving
from wheels.installation import install


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("wheels"))


def test_the_environment_has_neither_rust_nor_node(programs: Path) -> None:
    assert shutil.which("streamforge-sfu", path=str(programs))
    assert not shutil.which("cargo", path=str(programs))
    assert not shutil.which("node", path=str(programs))


@pytest.mark.timeout(120)
async def test_two_participants_see_and_hear_each_other(programs: Path) -> None:
    with serving(programs) as url:
        page = httpx.get(url)
        assert page.status_code == httpx.codes.OK
        assert "<!doctype html>" in page.text.lower()
        room_id = create_room(url, "Wheels")
        ada, ben = Participant(url, ADA), Participant(url, BEN)

        try:
            await ada.join(room_id)
            await ben.join(room_id)
            await ada.until_meets(ben)
            await ben.until_meets(ada)
        finally:
            await ada.leave()
            await ben.leave()

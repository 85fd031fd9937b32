"""What every `Journal` does, whatever it stores in."""

from __future__ import annotations

import asyncio

import pytest
from contract.journal.journals import OpenJournal, journals
from streamforge.core.errors import Conflict
from streamforge.rooms.ports import Journal, JournalRecord, MeetingHeader, Snapshot

MEETING = MeetingHeader("mtg_1", "tnt_default", "room_1", 1_000)
LATER = MeetingHeader("mtg_2", "tnt_default", "room_2", 2_000)


def record(position: int, meeting: MeetingHeader = MEETING, body: bytes = b"{}") -> JournalRecord:
    return JournalRecord(meeting, position, 1_000 + position, "chat-sent", body)


@pytest.fixture(params=journals(), ids=lambda kind: kind.__name__)
async def journal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    open_journal: OpenJournal = request.param
    async with open_journal(tmp_path_factory.mktemp("journal")) as opened:
        yield opened


async def positions(journal: Journal, meeting_id: str = "mtg_1") -> list[int]:
    stored = await journal.load(meeting_id)
    assert stored is not None
    return [found.position for found in stored.records]


async def test_what_was_appended_is_loaded_in_order(journal: Journal) -> None:
    await journal.append([record(1, body=b'{"a":1}'), record(2)])
    await journal.append([record(3)])

    stored = await journal.load("mtg_1")

    assert stored is not None
    assert stored.meeting == MEETING
    assert stored.snapshot is None
    assert stored.records == (record(1, body=b'{"a":1}'), record(2), record(3))


async def test_an_unknown_meeting_is_none(journal: Journal) -> None:
    assert await journal.load("mtg_9") is None


async def test_appending_nothing_stores_nothing(journal: Journal) -> None:
    await journal.append([])

    assert list(await journal.open_meetings()) == []


async def test_a_second_writer_is_refused_and_nothing_of_it_is_stored(journal: Journal) -> None:
    await journal.append([record(1), record(2)])

    with pytest.raises(Conflict) as refused:
        await journal.append([record(3), record(2)])

    assert refused.value.code == "journal_conflict"
    assert await positions(journal) == [1, 2]


async def test_concurrent_appends_are_all_stored(journal: Journal) -> None:
    await asyncio.gather(*(journal.append([record(position)]) for position in range(1, 21)))

    assert await positions(journal) == list(range(1, 21))


async def test_one_refused_append_does_not_harm_its_neighbours(journal: Journal) -> None:
    await journal.append([record(1)])

    results = await asyncio.gather(
        journal.append([record(2)]),
        journal.append([record(1)]),
        journal.append([record(1, LATER)]),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [type(None), Conflict, type(None)]
    assert await positions(journal) == [1, 2]
    assert await positions(journal, "mtg_2") == [1]


async def test_a_snapshot_stands_for_the_records_up_to_it(journal: Journal) -> None:
    await journal.append([record(1), record(2), record(3)])
    snapshot = Snapshot(MEETING, 2, 1_500, b'{"state":1}')

    await journal.save_snapshot(snapshot)

    stored = await journal.load("mtg_1")
    assert stored is not None
    assert stored.snapshot == snapshot
    assert await positions(journal) == [3]


async def test_a_newer_snapshot_replaces_the_older(journal: Journal) -> None:
    await journal.append([record(1), record(2)])
    await journal.save_snapshot(Snapshot(MEETING, 1, 1, b"1"))

    await journal.save_snapshot(Snapshot(MEETING, 2, 2, b"2"))

    stored = await journal.load("mtg_1")
    assert stored is not None
    assert stored.snapshot == Snapshot(MEETING, 2, 2, b"2")
    assert stored.records == ()


async def test_a_record_that_arrives_behind_a_snapshot_is_not_loaded(journal: Journal) -> None:
    await journal.append([record(1)])
    await journal.save_snapshot(Snapshot(MEETING, 5, 1, b"1"))

    await journal.append([record(4)])
    await journal.append([record(6)])

    assert await positions(journal) == [6]


async def test_open_meetings_are_listed_oldest_first_until_they_end(journal: Journal) -> None:
    await journal.append([record(1, LATER)])
    await journal.append([record(1)])

    before = list(await journal.open_meetings())
    await journal.end_meeting("mtg_1")
    await journal.end_meeting("mtg_1")
    after = list(await journal.open_meetings())

    assert before == [MEETING, LATER]
    assert after == [LATER]
    assert await journal.load("mtg_1") is None

"""core/ids.py"""

import uuid

from streamforge.core.clock import ManualClock
from streamforge.core.ids import SequentialIds, UuidV7Ids, is_id


def constant_bytes(count: int) -> bytes:
    return b"\xff" * count


def test_an_id_is_a_prefix_and_a_valid_uuid_of_version_7() -> None:
    clock = ManualClock()

    prefix, _, rest = UuidV7Ids(clock).new("room").partition("_")

    parsed = uuid.UUID(hex=rest)
    assert prefix == "room"
    assert parsed.version == 7
    assert parsed.variant == uuid.RFC_4122
    assert parsed.int >> 80 == clock.now_ms()


def test_ids_of_one_millisecond_sort_by_creation_and_never_repeat() -> None:
    ids = UuidV7Ids(ManualClock(), constant_bytes)

    made = [ids.new("prd") for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_order_survives_a_clock_that_steps_back() -> None:
    times = iter([5_000, 4_000, 4_000])

    class SteppingClock(ManualClock):
        def now_ms(self) -> int:
            return next(times)

    ids = UuidV7Ids(SteppingClock(), constant_bytes)

    made = [ids.new("prd") for _ in range(3)]

    assert made == sorted(made)


def test_the_same_time_and_randomness_give_the_same_ids() -> None:
    first = UuidV7Ids(ManualClock(), constant_bytes)
    second = UuidV7Ids(ManualClock(), constant_bytes)

    assert [first.new("a") for _ in range(5)] == [second.new("a") for _ in range(5)]


def test_sequential_ids_count_each_prefix() -> None:
    ids = SequentialIds()

    assert [ids.new("room"), ids.new("seat"), ids.new("room")] == ["room_1", "seat_1", "room_2"]


def test_the_shape_of_an_id_is_checked_with_its_prefix() -> None:
    assert is_id(UuidV7Ids(ManualClock()).new("room"), "room")
    assert not is_id("seat_1", "room")
    assert not is_id("room_../etc", "room")
    assert not is_id("room_", "room")
    assert not is_id("room_1\n", "room")

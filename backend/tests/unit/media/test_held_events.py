"""media/held_events.py"""

from streamforge.media.held_events import HeldEvents
from streamforge.protocol.ipc import ProducerClosed


def closed(transport_id: str, number: int) -> ProducerClosed:
    return ProducerClosed(transport_id=transport_id, producer_id=f"prd_{number}")


def test_events_come_out_in_order_and_once() -> None:
    held = HeldEvents()
    events = [closed("trn_1", number) for number in range(3)]
    for event in events:
        held.hold("trn_1", event)
    held.hold("trn_2", closed("trn_2", 9))

    assert held.release("trn_1") == events
    assert held.release("trn_1") == []
    assert len(held) == 1


def test_beyond_its_bound_an_id_keeps_its_newest_events() -> None:
    held = HeldEvents(max_events_per_id=2)
    for number in range(3):
        held.hold("trn_1", closed("trn_1", number))

    assert held.release("trn_1") == [closed("trn_1", 1), closed("trn_1", 2)]
    assert held.given_up == 1


def test_beyond_the_number_of_ids_the_oldest_id_is_given_up() -> None:
    held = HeldEvents(max_ids=1)
    held.hold("trn_1", closed("trn_1", 1))
    held.hold("trn_2", closed("trn_2", 2))

    assert held.release("trn_1") == []
    assert held.release("trn_2") == [closed("trn_2", 2)]
    assert held.given_up == 1

"""media/event_inbox.py"""

from streamforge.media.event_inbox import EventInbox
from streamforge.protocol.ipc import SpeakersChanged, Stats, TransportStateChanged
from streamforge.protocol.media import Speaker


def test_of_statistics_and_speakers_only_the_latest_come_out() -> None:
    inbox = EventInbox()
    loud = SpeakersChanged(router_id="rtr_1", speakers=(Speaker(participant_id="ptc_1", level=9),))
    for event in (
        Stats(packets_in=1),
        loud,
        SpeakersChanged(router_id="rtr_2"),
        Stats(packets_in=2),
        SpeakersChanged(router_id="rtr_1"),
    ):
        inbox.put(event)

    assert inbox.take_all() == [
        SpeakersChanged(router_id="rtr_1"),
        SpeakersChanged(router_id="rtr_2"),
        Stats(packets_in=2),
    ]


def test_life_cycle_events_all_come_out_in_order_before_the_rest() -> None:
    inbox = EventInbox()
    lives = [
        TransportStateChanged(transport_id="trn_1", state=state)
        for state in ("connected", "dark", "connected", "closed")
    ]
    inbox.put(Stats())
    for event in lives:
        inbox.put(event)

    assert inbox.take_all() == [*lives, Stats()]
    assert inbox.take_all() == []

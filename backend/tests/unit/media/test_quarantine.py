"""media/quarantine.py"""

from streamforge.media.quarantine import WINDOW_S, Quarantine


def nobody(_index: int, _pid: int) -> bool | None:
    return False


def end(quarantine: Quarantine, pid: int, routers: list[str], now: float = 0.0) -> None:
    quarantine.worker_ended(0, pid, routers, now, stalled=False)


def test_a_router_that_was_alone_twice_is_quarantined() -> None:
    quarantine = Quarantine(nobody)

    end(quarantine, 1, ["rtr_1"])
    once = quarantine.is_quarantined("rtr_1", 1.0)
    end(quarantine, 2, ["rtr_1"])

    assert not once
    assert quarantine.is_quarantined("rtr_1", 1.0)


def test_the_second_end_names_the_one_suspect_among_innocents() -> None:
    quarantine = Quarantine(nobody)
    end(quarantine, 1, ["rtr_bad"])

    end(quarantine, 2, ["rtr_bad", "rtr_good"])

    assert quarantine.is_quarantined("rtr_bad", 1.0)
    assert not quarantine.is_quarantined("rtr_good", 1.0)


def test_several_suspects_get_a_third_chance() -> None:
    quarantine = Quarantine(nobody)
    both = ["rtr_1", "rtr_2"]

    end(quarantine, 1, both)
    end(quarantine, 2, both)
    after_two = [quarantine.is_quarantined(router, 1.0) for router in both]
    end(quarantine, 3, both)

    assert after_two == [False, False]
    assert quarantine.is_quarantined("rtr_1", 1.0)


def test_an_end_on_purpose_is_nobodys_fault() -> None:
    quarantine = Quarantine(lambda _index, pid: pid == 1)

    end(quarantine, 1, ["rtr_1"])
    end(quarantine, 2, ["rtr_1"])

    assert quarantine.strikes("rtr_1", 1.0) == 1
    assert not quarantine.is_quarantined("rtr_1", 1.0)


def test_a_stall_counts_even_though_we_ended_the_process_ourselves() -> None:
    quarantine = Quarantine(lambda _index, _pid: True)

    for pid in (1, 2):
        quarantine.worker_ended(0, pid, ["rtr_1"], 0.0, stalled=True)

    assert quarantine.is_quarantined("rtr_1", 1.0)


def test_the_quarantine_hangs_on_an_end_whose_reason_is_not_noted_yet() -> None:
    reasons: dict[int, bool] = {1: False}
    quarantine = Quarantine(lambda _index, pid: reasons.get(pid))
    end(quarantine, 1, ["rtr_1"])
    end(quarantine, 2, ["rtr_1"])

    undecided = quarantine.is_undecided("rtr_1", 1.0)
    reasons[2] = True

    assert undecided
    assert not quarantine.is_undecided("rtr_1", 1.0)
    assert not quarantine.is_quarantined("rtr_1", 1.0)


def test_old_strikes_are_forgotten() -> None:
    quarantine = Quarantine(nobody)
    end(quarantine, 1, ["rtr_1"], now=0.0)
    end(quarantine, 2, ["rtr_1"], now=10.0)

    assert quarantine.is_quarantined("rtr_1", WINDOW_S - 1)
    assert not quarantine.is_quarantined("rtr_1", WINDOW_S + 1)

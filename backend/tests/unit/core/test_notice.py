"""core/notice.py: who is woken."""

from __future__ import annotations

from streamforge.core.notice import Notice


def test_a_notification_is_for_those_who_wait_and_not_for_later_ones() -> None:
    notice = Notice()
    earlier = notice.next()

    notice.notify()

    assert earlier.is_set()
    assert not notice.next().is_set()

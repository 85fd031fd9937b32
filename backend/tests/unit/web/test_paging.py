"""Cursors: opaque, exact, and refused when made up."""

from __future__ import annotations

import pytest
from streamforge.core.errors import AppError
from streamforge.web.paging import DEFAULT_LIMIT, Cursor, Page, page_of


def test_a_cursor_survives_the_round_trip() -> None:
    cursor = Cursor(1_735_689_600_000, "room_1")

    assert page_of("10", cursor.encode()) == Page(10, cursor)


def test_without_parameters_the_first_page_has_the_default_size() -> None:
    assert page_of(None, None) == Page(DEFAULT_LIMIT, None)


@pytest.mark.parametrize("limit", ["0", "-1", "201", "ten", "", "1e2", "²", "99999999999999"])
def test_a_wrong_limit_is_refused(limit: str) -> None:
    with pytest.raises(AppError) as raised:
        page_of(limit, None)

    assert raised.value.code == "validation_failed"


@pytest.mark.parametrize("cursor", ["", "x", "????", "WzFd", "e30", "é", "WyJhIiwxXQ"])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(AppError) as raised:
        page_of(None, cursor)

    assert raised.value.code == "cursor_invalid"

"""Display names: what is shown of what people type."""

from __future__ import annotations

import pytest
from streamforge.core.errors import Invalid
from streamforge.rooms.names import clean_display_name


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Ann", "Ann"),
        ("  Ann \n Lee\t", "Ann Lee"),
        ("e\u0301", "é"),
        ("\u202eevil", "evil"),
        ("A\u200bnn", "Ann"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("नमस्ते", "नमस्ते"),
        ("a" + "\u0335" * 50, "a" + "\u0335" * 4),
        ("<b>Ann</b>", "<b>Ann</b>"),
    ],
)
def test_a_name_is_one_visible_line(typed: str, shown: str) -> None:
    assert clean_display_name(typed) == shown


@pytest.mark.parametrize("typed", ["", "   ", "\u200b\u202e", "\u3164", "\u0301", "x" * 65])
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_display_name(typed)

    assert refused.value.code == "name_invalid"

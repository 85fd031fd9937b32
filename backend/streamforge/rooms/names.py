"""Cleans what people call themselves: one visible line of sensible length, not a unique one."""

from __future__ import annotations

import unicodedata
from typing import Final

from streamforge.core.errors import Invalid

MAX_NAME_CHARS: Final = 64
# More combining marks than any script stacks on one letter ("Zalgo" text spills over its line).
MAX_MARKS_IN_A_ROW: Final = 4

# Joins emoji and letters of Indic and Arabic scripts; harmless between visible characters.
ZERO_WIDTH_JOINERS: Final = frozenset({"\u200c", "\u200d"})
# Blank on the screen although Unicode calls them letters or symbols.
BLANKS: Final = frozenset({"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"})
# Control, format (bidirectional overrides!), surrogate, private use, unassigned.
REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean_display_name(text: str) -> str:
    """Return the name as it is shown.

    Raises:
        Invalid: `name_invalid` when nothing visible is left, or it is too long.
    """
    visible: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text[: 8 * MAX_NAME_CHARS]):
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if char.isspace() or char in BLANKS:
            visible.append(" ")
        elif marks <= MAX_MARKS_IN_A_ROW and (
            char in ZERO_WIDTH_JOINERS or category not in REFUSED_CATEGORIES
        ):
            visible.append(char)
    name = " ".join("".join(visible).split())
    if not any(unicodedata.category(char)[0] in "LNPS" for char in name):
        raise Invalid("name_invalid", "A name needs at least one visible character.")
    if len(name) > MAX_NAME_CHARS:
        raise Invalid("name_invalid", f"A name has at most {MAX_NAME_CHARS} characters.")
    return name

"""Slugs: readable in front, 48 random bits behind."""

from __future__ import annotations

import re

import pytest
from streamforge.rooms.slugs import CONSONANTS, NAME_CHARS, VOWELS, new_slug


def zeros(count: int) -> bytes:
    return bytes(count)


def test_a_slug_starts_with_the_name_of_its_room() -> None:
    assert new_slug("Weekly Sync", zeros) == "weekly-sync-babab-babab-babab"


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("Café Zoë", "cafe-zoe-"),
        ("  --- ", ""),
        ("会議", ""),
        ("R&D / Q3", "r-d-q3-"),
        ("<script>alert(1)</script>", "script-alert-1-script-"),
    ],
)
def test_only_plain_letters_and_digits_of_the_name_are_kept(name: str, readable: str) -> None:
    assert new_slug(name, zeros) == f"{readable}babab-babab-babab"


def test_a_long_name_is_cut_at_a_word() -> None:
    slug = new_slug("a very long name for a meeting about " + "everything " * 9, zeros)

    readable = slug.removesuffix("-babab-babab-babab")
    assert len(readable) <= NAME_CHARS
    assert readable == "a-very-long-name-for-a-meeting-about"


def test_each_of_the_48_random_bits_changes_the_slug() -> None:
    base = new_slug("", zeros)

    slugs = {new_slug("", lambda _, bit=bit: (1 << bit).to_bytes(6, "big")) for bit in range(48)}

    assert len(slugs | {base}) == 49


def test_the_random_part_can_be_said_aloud() -> None:
    slug = new_slug("", lambda count: bytes(range(250, 250 - count, -1)))

    syllable = f"[{CONSONANTS}][{VOWELS}][{CONSONANTS}][{VOWELS}][{CONSONANTS}]"
    assert re.fullmatch(f"{syllable}(-{syllable}){{2}}", slug)

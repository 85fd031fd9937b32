"""Limits and timers: the reference lists each with the default that it has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from streamforge.config.sections import Limits, Timers

REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "limits.md"
ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| ([\d.]+) \|", re.MULTILINE)


@pytest.mark.parametrize("section", [Limits(), Timers()], ids=["limits", "timers"])
def test_every_setting_is_documented_with_its_default(section: BaseModel) -> None:
    documented = {name: float(value) for name, value in ROW.findall(REFERENCE.read_text())}
    given = {name.upper(): float(value) for name, value in section.model_dump().items()}

    assert {name: documented.get(name) for name in given} == given


def test_nothing_is_documented_that_does_not_exist() -> None:
    documented = {name for name, _ in ROW.findall(REFERENCE.read_text())}

    assert documented == {name.upper() for name in (*Limits.model_fields, *Timers.model_fields)}

"""Gives every test the category of its folder; a test outside the known folders is an error.

Fixtures live in the conftest of the folder that needs them, not here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

CATEGORIES = ("unit", "contract", "integration", "wheels")
TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests, so that `-m unit` means what the folder says."""
    for item in items:
        category = item.path.relative_to(TESTS).parts[0]
        if category not in CATEGORIES:
            message = f"{item.path} is in none of the folders {', '.join(CATEGORIES)}"
            raise pytest.UsageError(message)
        item.add_marker(category)

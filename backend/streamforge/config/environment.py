"""What the server process is started with: its environment, and what in it looks like ours.

`settings` reads values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from streamforge.config.sections import Limits, Timers
from streamforge.config.settings import PREFIX, Settings

# The argument that lets a server process wait for word to begin (`supervisor/standby.py`).
STANDBY_FLAG: Final = "--standby"


def child_environment(overrides: Mapping[str, object]) -> dict[str, str]:
    """Return our environment with the settings of the command line, for children to read."""
    environment = dict(os.environ)  # noqa: TID251 (config is the reader)
    for name, value in overrides.items():
        if value is None:
            continue
        environment[f"{PREFIX}{name.upper()}"] = str(value)
    return environment


def unknown_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """Return names that begin like ours and set nothing: most often a slip of the keyboard."""
    names = os.environ if environment is None else environment  # noqa: TID251 (config is the reader)
    known = {name.upper() for name in Settings.model_fields}
    known |= {f"LIMITS__{name.upper()}" for name in Limits.model_fields}
    known |= {f"TIMERS__{name.upper()}" for name in Timers.model_fields}
    return sorted(
        name
        for name in names
        if name.upper().startswith(PREFIX) and name.upper().removeprefix(PREFIX) not in known
    )

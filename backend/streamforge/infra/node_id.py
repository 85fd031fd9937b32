"""The name of this installation in stored rows; made once, kept in `<data_dir>/node-id`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from streamforge.core.ids import IdSource, is_id

FILE_NAME: Final = "node-id"


def node_id(data_dir: Path, ids: IdSource) -> str:
    """Return the stored id, or make it on the first start."""
    path = data_dir / FILE_NAME
    try:
        stored = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        stored = ""
    if is_id(stored, "node"):
        return stored
    fresh = ids.new("node")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{fresh}\n", encoding="ascii")
    return fresh

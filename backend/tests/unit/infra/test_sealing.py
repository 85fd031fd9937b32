"""Sealed bytes: unreadable in the database, bound to their row."""

from __future__ import annotations

import os
from pathlib import Path

from streamforge.infra.sealing import FILE_NAME, load_sealer


def test_what_was_sealed_can_be_opened_after_a_restart(tmp_path: Path) -> None:
    sealed = load_sealer(tmp_path, os.urandom).seal(b"secret answer", "row 1")

    assert b"secret" not in sealed
    assert load_sealer(tmp_path, os.urandom).open(sealed, "row 1") == b"secret answer"


def test_it_does_not_open_for_another_row_or_key(tmp_path: Path) -> None:
    sealer = load_sealer(tmp_path, os.urandom)
    sealed = sealer.seal(b"secret answer", "row 1")

    assert sealer.open(sealed, "row 2") is None
    assert sealer.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "row 1") is None
    assert sealer.open(b"", "row 1") is None

    (tmp_path / FILE_NAME).unlink()
    assert load_sealer(tmp_path, os.urandom).open(sealed, "row 1") is None

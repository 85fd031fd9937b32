"""media/exit_records.py"""

from pathlib import Path

import pytest
from streamforge.media.exit_records import ExitRecord, ExitRecords, write_exit_record


@pytest.mark.parametrize(
    ("code", "on_purpose"),
    [(0, True), (-9, True), (-15, True), (-6, False), (-11, False), (101, False)],
)
def test_signals_from_outside_are_purpose_and_crashes_are_not(
    tmp_path: Path, code: int, on_purpose: bool
) -> None:
    write_exit_record(tmp_path, 0, ExitRecord(pid=7, return_code=code))

    assert ExitRecords(tmp_path).was_on_purpose(0, 7) is on_purpose


def test_an_end_that_was_not_noted_is_unknown(tmp_path: Path) -> None:
    records = ExitRecords(tmp_path)
    write_exit_record(tmp_path, 0, ExitRecord(pid=7, return_code=0))

    assert records.was_on_purpose(0, 8) is None
    assert records.was_on_purpose(1, 7) is None


def test_what_was_read_is_remembered_after_the_next_end(tmp_path: Path) -> None:
    records = ExitRecords(tmp_path)
    write_exit_record(tmp_path, 0, ExitRecord(pid=7, return_code=-6))
    first = records.was_on_purpose(0, 7)
    write_exit_record(tmp_path, 0, ExitRecord(pid=8, return_code=0))

    assert first is False
    assert records.was_on_purpose(0, 7) is False


def test_a_damaged_note_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "worker-0.exit").write_text("{")

    assert ExitRecords(tmp_path).was_on_purpose(0, 7) is None

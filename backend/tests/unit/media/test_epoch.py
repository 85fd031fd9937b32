"""media/epoch.py"""

from pathlib import Path

from streamforge.media.epoch import FILE_NAME, next_epoch


def test_each_start_has_a_higher_epoch(tmp_path: Path) -> None:
    assert [next_epoch(tmp_path / "new") for _ in range(3)] == [1, 2, 3]


def test_a_damaged_file_never_makes_the_epoch_fall(tmp_path: Path) -> None:
    before = next_epoch(tmp_path)
    (tmp_path / FILE_NAME).write_text("garbage")

    assert next_epoch(tmp_path) > before

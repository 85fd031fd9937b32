"""The key file: private, persistent, and refused when damaged."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from streamforge.accounts.token_keys import FILE_NAME, load_token_keys
from streamforge.core.errors import Bug


def zeros(count: int) -> bytes:
    return bytes(count)


def test_the_first_start_makes_a_key_that_only_the_owner_can_read(tmp_path: Path) -> None:
    load_token_keys(tmp_path, zeros)

    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_the_key_survives_a_restart(tmp_path: Path) -> None:
    first = load_token_keys(tmp_path, zeros).signing

    second = load_token_keys(tmp_path, lambda count: b"x" * count).signing

    assert second == first


def test_a_lax_file_mode_is_tightened(tmp_path: Path) -> None:
    load_token_keys(tmp_path, zeros)
    (tmp_path / FILE_NAME).chmod(0o644)

    load_token_keys(tmp_path, zeros)

    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        "not json",
        "[]",
        '[{"keyId":"tk_1","algorithm":"none","secret":""}]',
        '[{"keyId":"tk_1","algorithm":"HS256","secret":"c2hvcnQ="}]',
        '[{"keyId":"tk_1","algorithm":"HS256","secret":"***"}]',
    ],
)
def test_a_damaged_file_stops_the_start_instead_of_logging_everybody_out(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / FILE_NAME).write_text(content)

    with pytest.raises(Bug) as raised:
        load_token_keys(tmp_path, zeros)

    assert raised.value.code == "token_keys_invalid"


def test_a_key_does_not_print_its_secret(tmp_path: Path) -> None:
    key = load_token_keys(tmp_path, lambda count: b"k" * count).signing

    assert key.secret not in repr(key)

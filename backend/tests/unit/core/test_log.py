"""core/log.py"""

import pytest
from streamforge.core.log import bound, configure_logging, get_logger, is_sensitive, redact
from streamforge.core.secret import Secret


@pytest.mark.parametrize(
    "key", ["token", "resumeToken", "api_key", "Authorization", "password", "set-cookie", "sdp"]
)
def test_values_under_telling_keys_are_masked(key: str) -> None:
    assert redact(None, "info", {"event": "x", key: "hunter2"})[key] == "***"


@pytest.mark.parametrize("key", ["api_key_id", "sdp_bytes", "token_count", "room_id"])
def test_keys_that_only_count_or_name_are_not_masked(key: str) -> None:
    assert not is_sensitive(key)


def test_secrets_are_masked_one_level_down_too() -> None:
    event = {"event": "x", "options": {"password": "hunter2", "size": 3}, "held": Secret("a")}

    redacted = redact(None, "info", event)

    assert redacted == {"event": "x", "options": {"password": "***", "size": 3}, "held": "***"}


def test_json_lines_carry_the_bound_context_and_the_process(
    capsys: pytest.CaptureFixture[str], restored_logging: None
) -> None:
    configure_logging("info", "json", process="server")

    with bound(meeting_id="mtg_1"):
        get_logger("test").info("meeting.opened", token="hunter2")

    line = capsys.readouterr().err
    assert '"event": "meeting.opened"' in line
    assert '"meeting_id": "mtg_1"' in line
    assert '"process": "server"' in line
    assert "hunter2" not in line


def test_lines_below_the_level_are_not_written(
    capsys: pytest.CaptureFixture[str], restored_logging: None
) -> None:
    configure_logging("warning", "console", process="server")

    get_logger("test").info("quiet")

    assert "quiet" not in capsys.readouterr().err

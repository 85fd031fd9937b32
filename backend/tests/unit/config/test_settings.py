"""config/settings.py"""

from pathlib import Path

import pytest
from streamforge.config.environment import child_environment, unknown_variables
from streamforge.config.settings import load_settings
from streamforge.core.errors import Invalid


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*child_environment({})]:
        if name.startswith("STREAMFORGE_"):
            monkeypatch.delenv(name)


def test_everything_has_a_default_that_works_on_a_fresh_machine(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)

    assert (settings.http_port, settings.https_port) == (3000, 3443)
    assert settings.runtime_dir == tmp_path / "run"
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/streamforge.db"
    assert settings.public_url == "http://localhost:3000"
    assert settings.workers >= 1
    assert not settings.is_public


def test_the_environment_is_read_and_arguments_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMFORGE_HTTP_PORT", "8080")
    monkeypatch.setenv("STREAMFORGE_WORKERS", "3")
    monkeypatch.setenv("STREAMFORGE_LIMITS__CHAT_PER_5_S", "9")
    monkeypatch.setenv("STREAMFORGE_TIMERS__SEAT_HELD_S", "2.5")

    settings = load_settings(workers=1)

    assert settings.http_port == 8080
    assert settings.workers == 1
    assert settings.limits.chat_per_5_s == 9
    assert settings.timers.seat_held_s == 2.5


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMFORGE_ANNOUNCED_ADDRESSES", "192.0.2.1, 2001:db8::1")
    monkeypatch.setenv("STREAMFORGE_TRUSTED_PROXIES", "10.0.0.0/8")

    settings = load_settings()

    assert settings.announced_addresses == ("192.0.2.1", "2001:db8::1")
    assert settings.trusted_proxies == ("10.0.0.0/8",)


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMFORGE_TLS_CERT", "")
    monkeypatch.setenv("STREAMFORGE_PUBLIC_URL", "")

    settings = load_settings(http_port=81)

    assert settings.tls_cert is None
    assert settings.public_url == "http://localhost:81"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"http_port": 70_000}, "STREAMFORGE_HTTP_PORT"),
        ({"announced_addresses": "example.org"}, "STREAMFORGE_ANNOUNCED_ADDRESSES"),
        ({"allowed_origins": "https://a.example/path"}, "STREAMFORGE_ALLOWED_ORIGINS"),
        ({"public_url": "meet.example.org"}, "STREAMFORGE_PUBLIC_URL"),
        ({"trusted_proxies": "everybody"}, "STREAMFORGE_TRUSTED_PROXIES"),
        ({"tls_cert": "cert.pem"}, "tls_cert and tls_key"),
        ({"media_port_base": 49_999, "workers": 2}, "50000"),
        ({"room_creation": "sometimes"}, "STREAMFORGE_ROOM_CREATION"),
    ],
)
def test_a_wrong_setting_is_named_in_the_error(given: dict[str, object], named: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_settings(**given)

    assert caught.value.code == "settings_invalid"
    assert named in caught.value.message


@pytest.mark.parametrize("given", ["/meet", "meet/", "/meet/"])
def test_a_base_path_has_one_form(given: str) -> None:
    assert load_settings(base_path=given).base_path == "/meet"


@pytest.mark.parametrize(
    ("url", "public"),
    [("https://meet.example.org", True), ("http://localhost:3000", False), ("http://[::1]", False)],
)
def test_only_a_name_beyond_this_machine_is_public(url: str, public: bool) -> None:
    assert load_settings(public_url=url).is_public is public


def test_a_child_reads_the_settings_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = child_environment({"http_port": 0, "host": None, "data_dir": Path("/srv/sf")})

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()

    assert settings.http_port == 0
    assert settings.data_dir == Path("/srv/sf")
    assert "STREAMFORGE_HOST" not in environment


def test_misspelt_variables_are_found() -> None:
    environment = {"STREAMFORGE_HTP_PORT": "1", "STREAMFORGE_LIMITS__REST_PER_S": "1", "PATH": ""}

    assert unknown_variables(environment) == ["STREAMFORGE_HTP_PORT"]

"""supervisor/instance.py and supervisor/listening.py"""

import errno
from pathlib import Path

import pytest
from streamforge.config.settings import load_settings
from streamforge.core.errors import Bug
from streamforge.supervisor.instance import (
    is_locked,
    lock_instance,
    prepare_directories,
    socket_path_problem,
)
from streamforge.supervisor.listening import reason_in_words


def test_directories_are_made_for_this_user_only(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")

    prepare_directories(settings)

    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    with pytest.raises(Bug) as caught:
        prepare_directories(load_settings(data_dir=tmp_path / "data"))

    assert str(tmp_path / "data") in caught.value.message


def test_only_one_server_holds_a_directory(tmp_path: Path) -> None:
    with lock_instance(tmp_path):
        assert is_locked(tmp_path)
        with pytest.raises(Bug) as caught:
            lock_instance(tmp_path)

    assert caught.value.code == "already_running"
    assert not is_locked(tmp_path)


def test_a_socket_name_that_the_system_would_cut_is_refused_before() -> None:
    exact = Path("/" + "x" * (107 - len("/worker-9.sock") - 1))

    def problem(**given: object) -> str | None:
        return socket_path_problem(load_settings(runtime_dir=exact, **given))

    assert problem(workers=10, worker_ipc="unix") is None
    assert problem(workers=11, worker_ipc="unix") is not None
    assert problem(workers=11, worker_ipc="tcp") is None


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.EADDRINUSE, "in use by another program"),
        (errno.EACCES, "above 1023"),
        (errno.EADDRNOTAVAIL, "none of this machine's"),
        (errno.ENOBUFS, "cannot be opened"),
    ],
)
def test_each_reason_for_a_closed_port_has_its_words(number: int, says: str) -> None:
    error = OSError(number, "No buffer space available")

    assert says in reason_in_words(error, "203.0.113.9", 80, "HTTP", "STREAMFORGE_HTTP_PORT")

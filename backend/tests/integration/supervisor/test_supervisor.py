"""supervisor/: real processes that are killed, replaced and stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamforge.media.exit_records import ExitRecord, ExitRecords, write_exit_record
from streamforge.supervisor.processes import UNKNOWN_EXIT

Start = Callable[..., Any]  # its result's class lives in conftest, which tests cannot import

pytestmark = pytest.mark.timeout(120)


def udp_is_taken(port: int) -> bool:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("0.0.0.0", port))
        except OSError:
            return True
    return False


def exit_record(running: Any) -> dict[str, int]:
    """What the supervisor noted of the worker's last end; empty when it has not ended."""
    try:
        return json.loads((running.directory / "run" / "worker-0.exit").read_text())
    except FileNotFoundError:
        return {}


def test_a_killed_server_is_replaced_and_its_port_never_refuses(start: Start) -> None:
    running = start()
    first = running.await_pid("server")
    running.wait_for(lambda: running.ask() == str(first), "the first answer")
    worker = running.await_pid("worker-0")

    os.kill(first, signal.SIGKILL)
    answer = running.wait_for(running.ask, "an answer of the next server")

    assert answer == str(running.await_pid("server", other_than=first))
    assert running.is_alive(worker)


def test_the_standby_takes_over_from_a_killed_server_and_gets_a_standby_itself(
    start: Start,
) -> None:
    running = start(STREAMFORGE_TIMERS__SERVER_STANDBY_S="0.05")
    first, standby = running.await_pid("server"), running.await_pid("standby")
    running.wait_for(lambda: running.ask() == str(first), "the first answer")

    os.kill(first, signal.SIGKILL)

    assert running.await_pid("server", other_than=first) == standby
    running.wait_for(lambda: running.ask() == str(standby), "an answer of the standby")
    last = running.await_pid("standby", other_than=standby)
    running.process.send_signal(signal.SIGTERM)
    assert running.finish()[0] == 0
    assert not running.is_alive(last)


def test_a_killed_standby_is_missed_by_nobody(start: Start) -> None:
    running = start(STREAMFORGE_TIMERS__SERVER_STANDBY_S="0.05")
    first, standby = running.await_pid("server"), running.await_pid("standby")
    os.kill(standby, signal.SIGKILL)
    running.wait_for(lambda: not running.is_alive(standby), "its end")

    os.kill(first, signal.SIGKILL)

    second = running.await_pid("server", other_than=first)
    assert second != standby
    running.wait_for(lambda: running.ask() == str(second), "an answer of the next server")


def test_a_killed_worker_is_replaced_on_its_port_and_the_server_does_not_notice(
    start: Start,
) -> None:
    running = start()
    server, first = running.await_pid("server"), running.await_pid("worker-0")
    running.wait_for(lambda: udp_is_taken(running.media_port), "the worker's port")

    os.kill(first, signal.SIGKILL)
    second = running.await_pid("worker-0", other_than=first)
    running.wait_for(lambda: udp_is_taken(running.media_port), "the same port")

    command_line = Path(f"/proc/{second}/cmdline").read_text()
    assert f"\0--udp-port\0{running.media_port}\0" in command_line
    assert running.ask() == str(server)
    assert exit_record(running) == {"pid": first, "return_code": -9}


def test_a_worker_that_keeps_ending_leaves_the_server_alone(start: Start) -> None:
    running = start()
    server = running.await_pid("server")
    worker = running.directory / "stand-in-worker"
    first = running.await_pid("worker-0")
    worker.write_text("#!/bin/sh\nexit 3\n")

    os.kill(first, signal.SIGKILL)
    ended: set[int] = set()

    def third_end() -> bool:
        record = exit_record(running)
        if record.get("return_code") == 3:
            ended.add(record["pid"])
        return len(ended) >= 3

    running.wait_for(third_end, "three attempts")

    assert running.ask() == str(server)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everybody(start: Start, number: signal.Signals) -> None:
    running = start()
    children = [running.await_pid("server"), running.await_pid("worker-0")]
    running.wait_for(running.ask, "an answer")

    running.process.send_signal(number)
    code, _ = running.finish()

    assert code == 0
    assert [running.is_alive(pid) for pid in children] == [False, False]
    assert not (running.directory / "run" / "processes.json").exists()


def test_a_terminal_that_goes_may_say_so_twice_and_the_stop_stays_graceful(start: Start) -> None:
    running = start(STAND_IN_MODE="slow")
    server = running.await_pid("server")
    running.wait_for(running.ask, "an answer")

    running.process.send_signal(signal.SIGHUP)
    running.wait_for(lambda: running.ask() == f"{server} is stopping", "the stop")
    running.process.send_signal(signal.SIGHUP)
    last_words = running.ask("/finish")

    assert last_words == f"{server} is stopping"
    assert running.finish()[0] == 0


def test_a_server_that_does_not_listen_is_ended_after_its_grace(start: Start) -> None:
    running = start(STAND_IN_MODE="deaf", STREAMFORGE_TIMERS__GRACEFUL_STOP_S="0.2")
    server = running.await_pid("server")
    running.wait_for(running.ask, "an answer")

    running.process.send_signal(signal.SIGTERM)
    code, output = running.finish()

    assert code == 0
    assert "child.killed" in output
    # More than the server takes for open requests: it still has its own things to close.
    assert "grace_s=5.2" in output
    assert not running.is_alive(server)


def test_a_second_signal_does_not_wait_for_anybody(start: Start) -> None:
    running = start(STAND_IN_MODE="deaf", STREAMFORGE_TIMERS__GRACEFUL_STOP_S="3600")
    server = running.await_pid("server")
    running.wait_for(running.ask, "an answer")

    def stopped() -> bool:
        running.process.send_signal(signal.SIGTERM)
        return running.process.poll() is not None

    running.wait_for(stopped, "the end")

    assert running.finish()[0] == 0
    assert not running.is_alive(server)


def test_a_server_that_refuses_its_configuration_ends_the_whole(start: Start) -> None:
    code, output = start(STAND_IN_MODE="refusing").finish()

    assert code == 78
    assert "supervisor.server_refuses_to_start" in output


def test_a_killed_supervisor_takes_the_server_along_and_the_next_takes_over_the_worker(
    start: Start,
) -> None:
    first = start()
    server, worker = first.await_pid("server"), first.await_pid("worker-0")
    first.wait_for(first.ask, "an answer")
    first.wait_for(lambda: udp_is_taken(first.media_port), "the worker")
    first.wait_for((first.directory / "run" / "worker-0.sock").exists, "the worker's socket")

    os.kill(first.process.pid, signal.SIGKILL)
    first.wait_for(lambda: not first.is_alive(server), "the end of the server")
    second = start()

    assert second.await_pid("worker-0") == worker
    second.wait_for(second.ask, "an answer of the next server")
    os.kill(worker, signal.SIGKILL)
    assert second.await_pid("worker-0", other_than=worker) != worker
    # How it ended was its parent's to learn. It might have crashed, and counts so.
    assert exit_record(second) == {"pid": worker, "return_code": UNKNOWN_EXIT}


def test_an_unknown_end_is_not_taken_for_one_on_purpose(directory: Path) -> None:
    write_exit_record(directory, 0, ExitRecord(pid=7, return_code=UNKNOWN_EXIT))

    assert ExitRecords(directory).was_on_purpose(0, 7) is False


def test_a_left_worker_with_other_settings_is_ended_and_replaced(start: Start) -> None:
    first = start()
    worker = first.await_pid("worker-0")
    first.wait_for((first.directory / "run" / "worker-0.sock").exists, "the worker's socket")
    os.kill(first.process.pid, signal.SIGKILL)

    second = start(STREAMFORGE_ANNOUNCED_ADDRESSES="192.0.2.7")

    assert second.await_pid("worker-0") != worker
    assert not second.is_alive(worker)


def test_workers_beyond_the_configured_number_are_ended(start: Start) -> None:
    first = start(STREAMFORGE_WORKERS="2")
    superfluous = first.await_pid("worker-1")
    socket_path = first.directory / "run" / "worker-1.sock"
    first.wait_for(socket_path.exists, "the second worker's socket")
    os.kill(first.process.pid, signal.SIGKILL)

    second = start(STREAMFORGE_WORKERS="1")
    second.await_pid("worker-0")

    assert not second.is_alive(superfluous)
    assert not socket_path.exists()

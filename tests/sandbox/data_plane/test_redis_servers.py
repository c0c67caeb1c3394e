"""Redis server processes: real ones, on remembered ports, that end with their starter."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from sandbox.data_plane.ports import Ports
from sandbox.data_plane.redis_servers import RESTART_AFTER, RedisServer, RedisServers
from sandbox.sockets import HOST
from tests.sandbox.data_plane.gateways import until


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def servers(tmp_path: Path, clock: Clock) -> Iterator[RedisServers]:
    servers = RedisServers(tmp_path, Ports(tmp_path / "ports.json"), clock)
    yield servers
    servers.stop()


def the(servers: RedisServers, key: str = "plane/group") -> RedisServer:
    servers.keep([key])
    server = servers.find(key)
    assert server is not None
    return server


def process_id(server: RedisServer) -> int:
    with redis.Redis(host=HOST, port=server.port) as client:
        return int(client.info()["process_id"])


def test_a_server_that_died_is_started_again_after_a_moment_on_its_port(
    servers: RedisServers, clock: Clock
) -> None:
    server = the(servers)
    port = server.port
    os.kill(process_id(server), signal.SIGKILL)
    until(lambda: not server.running)
    servers.keep(["plane/group"])
    assert not server.running
    clock.seconds += RESTART_AFTER
    servers.keep(["plane/group"])
    assert (server.running, server.port, server.starts) == (True, port, 2)


def test_a_server_that_nobody_wants_any_more_ends(servers: RedisServers) -> None:
    pid = process_id(the(servers))
    servers.keep([])
    assert servers.shown() == []
    until(lambda: not psutil.pid_exists(pid))


def test_a_server_that_does_not_end_by_itself_is_killed(servers: RedisServers) -> None:
    pid = process_id(the(servers))
    os.killpg(os.getpgid(pid), signal.SIGSTOP)
    servers.keep([])
    until(lambda: not psutil.pid_exists(pid))


def test_a_server_keeps_nothing_on_disk(servers: RedisServers, tmp_path: Path) -> None:
    with redis.Redis(host=HOST, port=the(servers).port) as client:
        client.set("a", "b")
        assert client.config_get("save")["save"] == ""
    servers.stop()
    assert {file.name for file in tmp_path.rglob("*") if file.is_file()} == {
        "log.txt",
        "ports.json",
    }


def test_a_server_whose_port_was_taken_meanwhile_gets_another(
    servers: RedisServers, tmp_path: Path
) -> None:
    port = the(servers).port
    servers.stop()
    with socket.socket() as other:
        other.bind((HOST, port))
        again = the(servers)
        assert again.port != port
        assert process_id(again)


def test_a_server_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from sandbox.data_plane.ports import Ports\n"
        "from sandbox.data_plane.redis_servers import RedisServers\n"
        "folder = Path(sys.argv[1])\n"
        "RedisServers(folder, Ports(folder / 'ports.json')).keep(['a'])\n"
        "print('started', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    starter = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    with starter.stdout as output:
        assert output.readline() == b"started\n"
    below = psutil.Process(starter.pid).children(recursive=True)
    assert any("redis-server" in process.name() for process in below)
    starter.kill()
    starter.wait()
    _, alive = psutil.wait_procs(below, timeout=5)
    assert alive == []

"""The sandbox as a process: started, found, asked, stopped, started again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.clock import VirtualClock
from sandbox.endpoint import endpoint_of, lock, prepare
from sandbox.store import Store

ROOT = Path(__file__).parents[2]
TOKEN = "kpat_of_the_cli_tests_00000"
PLANES = "/v2/control-planes"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Server:
    """A sandbox process of one test."""

    def __init__(self, state_dir: Path, *flags: str) -> None:
        self.state_dir = state_dir
        self.endpoint_file = state_dir / "endpoint.json"
        stale = self.endpoint_file.stat().st_mtime_ns if self.endpoint_file.exists() else 0
        command = [sys.executable, "-m", "sandbox", "serve", "--state-dir", str(state_dir)]
        self.log = state_dir.with_name("log.txt")
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--token", TOKEN, *flags], cwd=ROOT, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while not self.endpoint_file.exists() or self.endpoint_file.stat().st_mtime_ns == stale:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, "the sandbox does not answer"
            time.sleep(0.05)
        self.endpoint: dict[str, Any] = json.loads(self.endpoint_file.read_text())

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.Client(base_url=self.endpoint["konnect_url"], headers=headers)

    def cli(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run(command, "--state-dir", str(self.state_dir), *arguments)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=30)


Serve = Callable[..., Server]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    started: list[Server] = []

    def start(*flags: str) -> Server:
        started.append(Server(tmp_path / "state", *flags))
        return started[-1]

    yield start
    for server in started:
        server.end(signal.SIGKILL)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_everything_listens_once_the_endpoint_is_written(serve: Serve) -> None:
    server = serve("--speed", "0")
    endpoint = server.endpoint
    assert endpoint["pid"] == server.process.pid
    assert (endpoint["speed"], endpoint["token"]) == (0, TOKEN)
    assert set(endpoint["debug_providers"]) == {"aws", "azure-native", "gcp"}
    assert all(listens(port) for port in endpoint["debug_providers"].values())
    assert httpx.get(f"{endpoint['konnect_url']}{PLANES}").status_code == 401
    with server.client() as client:
        assert client.get(PLANES).status_code == 200


def test_the_environment_points_a_program_at_it(serve: Serve) -> None:
    server = serve()
    exports = dict(
        line.removeprefix("export ").split("=", 1)
        for line in server.cli("env").stdout.strip().splitlines()
    )
    ports = server.endpoint["debug_providers"]
    assert exports == {
        "KONNECT_SERVER_URL": server.endpoint["konnect_url"],
        "KONNECT_TOKEN": TOKEN,
        "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in ports.items()),
        "AVIATRIX_CONTROLLER_IP": server.endpoint["konnect_url"],
        "AVIATRIX_USERNAME": server.endpoint["aviatrix"]["username"],
        "AVIATRIX_PASSWORD": server.endpoint["aviatrix"]["password"],
    }


def test_the_controller_answers_beside_konnect(serve: Serve) -> None:
    controller = serve().endpoint["aviatrix"]["controller"]
    answer = httpx.get(f"{controller}/v2/api", params={"action": "get_api_token"})
    assert answer.json()["results"]["api_token"]
    assert httpx.get(f"{controller}/v2/api").json()["reason"] == "Valid action required"


def test_state_clock_and_ports_survive_a_restart(serve: Serve) -> None:
    first = serve("--speed", "0")
    with first.client() as client:
        created = client.post(PLANES, json={"name": "prod"}).json()
        client.post("/_sandbox/clock", json={"advance_seconds": 86400})
        before = client.get("/_sandbox/clock").json()["epoch"]
    assert first.end() == 0
    assert not first.endpoint_file.exists()
    second = serve("--speed", "0")
    assert second.endpoint["konnect_url"] == first.endpoint["konnect_url"]
    assert second.endpoint["debug_providers"] == first.endpoint["debug_providers"]
    with second.client() as client:
        assert client.get(f"{PLANES}/{created['id']}").json() == created
        assert client.get("/_sandbox/clock").json()["epoch"] == pytest.approx(before, abs=1)


def test_a_killed_sandbox_leaves_nothing_that_hinders_the_next(serve: Serve) -> None:
    first = serve("--speed", "0")
    with first.client() as client:
        client.post(PLANES, json={"name": "prod"})
    first.end(signal.SIGKILL)
    assert first.endpoint_file.exists()
    assert first.cli("env").returncode == 1
    second = serve("--speed", "0")
    assert second.endpoint["pid"] != first.endpoint["pid"]
    with second.client() as client:
        assert [plane["name"] for plane in client.get(PLANES).json()["data"]] == ["prod"]


def test_a_port_that_was_taken_meanwhile_is_replaced(serve: Serve) -> None:
    first = serve()
    first.end()
    port = int(first.endpoint["konnect_url"].rsplit(":", 1)[1])
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        assert serve().endpoint["konnect_url"] != first.endpoint["konnect_url"]


def test_a_second_sandbox_in_the_same_place_is_refused_with_the_way_out(serve: Serve) -> None:
    server = serve()
    second = run("serve", "--state-dir", str(server.state_dir))
    assert second.returncode == 1
    assert "python -m sandbox stop" in second.stderr
    assert "Traceback" not in second.stderr
    assert json.loads(server.endpoint_file.read_text()) == server.endpoint


def test_stop_waits_until_it_has_ended_and_its_endpoint_is_gone(serve: Serve) -> None:
    server = serve()
    assert server.cli("stop").returncode == 0
    lock(server.state_dir).close()  # another one could start at once
    assert server.process.wait(timeout=10) == 0
    assert not server.endpoint_file.exists()
    again = server.cli("stop")
    assert again.returncode == 1
    assert "no sandbox is running" in again.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_end_stops_it_in_order(serve: Serve, number: signal.Signals) -> None:
    server = serve()
    assert server.end(number) == 0
    assert not server.endpoint_file.exists()


def test_it_ends_by_itself_when_nobody_uses_it(serve: Serve) -> None:
    server = serve("--idle", "0.1")
    assert server.process.wait(timeout=20) == 0
    assert not server.endpoint_file.exists()


def test_it_ends_when_its_state_directory_is_deleted(serve: Serve) -> None:
    server = serve()
    shutil.rmtree(server.state_dir)
    assert server.process.wait(timeout=20) == 0
    assert not server.state_dir.exists()
    assert "Traceback" not in server.log.read_text()


def test_it_leaves_the_endpoint_of_another_one_alone(serve: Serve) -> None:
    """The state directory of the first was deleted and made again."""
    first = serve()
    shutil.rmtree(first.state_dir)
    second = serve()
    assert first.process.wait(timeout=20) == 0
    assert endpoint_of(second.state_dir) == second.endpoint


def test_state_requests_and_reset_look_into_it(serve: Serve) -> None:
    server = serve()
    with server.client() as client:
        plane = client.post(PLANES, json={"name": "prod"}).json()
    state = json.loads(server.cli("state", "--kind", "control-planes").stdout)
    assert state == {"konnect": {"control-planes": {plane["id"]: plane}}}
    (request,) = json.loads(server.cli("requests").stdout)
    assert (request["method"], request["target"], request["status"]) == ("POST", PLANES, 201)
    assert json.loads(server.cli("redis-paths").stdout) == []
    assert server.cli("reset").returncode == 0
    assert json.loads(server.cli("state").stdout) == {}


def test_a_token_of_another_organisation_sees_nothing_of_the_default_one(serve: Serve) -> None:
    server = serve()
    with server.client() as client:
        client.post(PLANES, json={"name": "prod"})
    token = server.cli("token", "--organization", "other").stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server.endpoint["konnect_url"], headers=headers) as other:
        assert other.get("/v3/organizations/me").json()["name"] == "other"
        assert other.get(PLANES).json()["data"] == []
    refused = server.cli("token", "--expires", "soon")
    assert (refused.returncode, refused.stderr) == (
        1,
        "expires_at must be a date-time of RFC 3339\n",
    )


def test_a_token_has_the_roles_and_the_geo_that_were_asked_for(serve: Serve) -> None:
    server = serve()
    asked = "Control Planes:Creator, Networks:Network Viewer"
    token = server.cli("token", "--roles", asked, "--geo", "eu").stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server.endpoint["konnect_url"], headers=headers) as program:
        made = program.post(PLANES, json={"name": "prod"})
        assert ".eu.cp.konghq.com" in made.json()["config"]["control_plane_endpoint"]
        assert program.get("/v2/cloud-gateways/networks").status_code == 200
        assert program.post("/v2/cloud-gateways/networks", json={}).status_code == 403
    for roles, refusal in (
        ("Viewer", "is not ENTITY TYPE:ROLE"),
        ("Control Planes:Boss", "must be one of the following values: Admin"),
        ("Control Planes:Viewer:prod", "must be a UUID"),
    ):
        refused = server.cli("token", "--roles", roles)
        assert refused.returncode != 0
        assert refusal in refused.stderr


def test_faults_of_konnect_and_of_clouds_wait_across_a_restart(serve: Serve) -> None:
    server = serve()
    of_cloud = ("--cloud", "aws", "--method", "Create", "--type-token", "ec2/vpc")
    added = server.cli("fault", *of_cloud, "--code", "VpcLimitExceeded", "--after")
    assert json.loads(added.stdout)["when"] == "after"
    assert server.cli("fault", "--path", PLANES, "--status", "503").returncode == 0
    refused = server.cli("fault", "--cloud", "aws", "--status", "503")
    assert (refused.returncode, refused.stderr) == (
        1,
        "status should not exist\n",
    )
    server.end()
    again = serve()
    waiting = json.loads(again.cli("faults").stdout)
    assert [(f.get("cloud"), f.get("api")) for f in waiting] == [("aws", None), (None, "konnect")]
    with again.client() as client:
        assert [client.get(PLANES).status_code for _ in range(2)] == [503, 200]
    again.cli("faults", "--clear")
    assert json.loads(again.cli("faults").stdout) == []


def test_a_dropped_connection_loses_the_answer_and_not_the_server(serve: Serve) -> None:
    server = serve()
    with server.client() as client:
        client.post("/_sandbox/faults", json={"method": "POST", "drop": True, "when": "after"})
        with pytest.raises(httpx.TransportError):
            client.post(PLANES, json={"name": "prod"})
        assert [plane["name"] for plane in client.get(PLANES).json()["data"]] == ["prod"]
        logged = client.get("/_sandbox/requests").json()["requests"]
    assert [entry["status"] for entry in logged] == [0, 200]


def test_simulated_time_passes_while_nobody_looks(serve: Serve) -> None:
    server = serve("--speed", "100000")
    with server.client() as client:
        accounts = client.get("/v2/cloud-gateways/provider-accounts").json()["data"]
        network = {
            "name": "n",
            "cloud_gateway_provider_account_id": accounts[0]["id"],
            "region": "us-east-2",
            "availability_zones": ["use2-az1"],
            "cidr_block": "10.0.0.0/20",
        }
        created = client.post("/v2/cloud-gateways/networks", json=network).json()
        deadline = time.monotonic() + 20
        path = f"/v2/cloud-gateways/networks/{created['id']}"
        while client.get(path).json()["state"] != "ready":
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.parametrize("token", ["secret", "kpat_short", "x" * 30])
def test_a_token_has_the_form_of_konnects(tmp_path: Path, token: str) -> None:
    refused = run("serve", "--state-dir", str(tmp_path), "--token", token)
    assert refused.returncode == 2
    assert "kpat_" in refused.stderr


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = str(squatter.getsockname()[1])
        refused = run("serve", "--state-dir", str(tmp_path), "--port", port)
    assert refused.returncode == 1
    assert f"cannot listen on port {port}" in refused.stderr
    assert os.listdir(tmp_path) == ["lock"]


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


def test_only_the_owner_can_read_what_a_sandbox_keeps(serve: Serve) -> None:
    server = serve()
    with server.client() as client:
        client.post(PLANES, json={"name": "prod"})
    found = modes(server.state_dir)
    assert {"endpoint.json", "ports.json", "sandbox.sqlite3", "sandbox.sqlite3-wal"} <= found.keys()
    assert set(found.values()) == {0o600}
    assert server.state_dir.stat().st_mode & 0o777 == 0o700


def test_what_others_could_read_is_closed_at_the_next_start(serve: Serve) -> None:
    first = serve()
    first.end()
    first.state_dir.chmod(0o755)
    (first.state_dir / "sandbox.sqlite3").chmod(0o644)
    second = serve()
    assert second.state_dir.stat().st_mode & 0o777 == 0o700
    assert set(modes(second.state_dir).values()) == {0o600}


def test_a_folder_of_somebody_else_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    tmp_path.chmod(0o755)
    prepare(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("create table objects (id integer)")
        database.commit()


def damaged(path: Path) -> None:
    Store(path, VirtualClock(speed=0)).close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"x" * (len(content) - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (foreign, "is a database, but not one of this sandbox"),
        (damaged, "cannot be read as a database"),
        (lambda path: path.write_text("no database at all " * 99), "cannot be read as a database"),
        (lambda path: path.mkdir(), "cannot be opened (Is a directory)"),
    ],
    ids=["foreign", "damaged", "text", "folder"],
)
def test_a_database_that_cannot_be_used_is_one_line_with_the_way_out(
    tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "sandbox.sqlite3"
    spoil(path)
    answer = run("serve", "--state-dir", str(tmp_path))
    assert (answer.returncode, answer.stdout) == (1, "")
    (line,) = answer.stderr.splitlines()
    assert line.startswith(f"{path} {reason}")
    assert line.endswith(f"move {path} away, or choose another --state-dir")


def test_a_client_that_hangs_up_leaves_one_line_in_the_log(serve: Serve) -> None:
    server = serve()
    before = server.log.read_text()
    url = httpx.URL(server.endpoint["konnect_url"])
    head = f"POST {PLANES} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {TOKEN}\r\n"
    with socket.create_connection((url.host, url.port)) as connection:
        connection.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        time.sleep(0.3)
    deadline = time.monotonic() + 10
    while server.log.read_text() == before and time.monotonic() < deadline:
        time.sleep(0.05)
    server.end()
    written = server.log.read_text().removeprefix(before)
    assert written == f"POST {PLANES}: the client hung up\n"

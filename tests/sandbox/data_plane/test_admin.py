"""The admin API of the gateways, at a whole sandbox in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from sandbox.server import Sandbox
from tests.sandbox.data_plane.gateways import Plane, until
from tests.sandbox.konnect.client import Konnect

PATH = "/_sandbox/data-plane"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path, speed=0) as sandbox:
        yield sandbox


@pytest.fixture
def admin(sandbox: Sandbox) -> Iterator[httpx.Client]:
    endpoint = sandbox.endpoint
    headers = {"Authorization": f"Bearer {endpoint['token']}"}
    with httpx.Client(base_url=endpoint["konnect_url"], headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def plane(sandbox: Sandbox) -> Iterator[Plane]:
    konnect = Konnect(sandbox.store)
    yield Plane(konnect, cache=True)
    konnect.close()


def redis_processes() -> set[int]:
    found = psutil.Process().children(recursive=True)
    return {one.pid for one in found if "redis-server" in " ".join(one.cmdline())}


def test_gateways_run_from_the_first_post_to_the_end_of_the_sandbox(
    tmp_path: Path,
) -> None:
    of_other_tests = redis_processes()
    with Sandbox(tmp_path, speed=0) as sandbox:
        konnect = Konnect(sandbox.store)
        Plane(konnect, cache=True)
        konnect.close()
        headers = {"Authorization": f"Bearer {sandbox.endpoint['token']}"}
        with httpx.Client(base_url=sandbox.endpoint["konnect_url"], headers=headers) as admin:
            assert admin.get(PATH).json()["running"] is False
            assert redis_processes() == of_other_tests
            started = admin.post(PATH, timeout=30).json()
        assert started["running"] is True
        url = started["gateways"][0]["url"]
        assert httpx.get(f"{url}/___konnect/healthz").status_code == 200
        assert redis_processes() > of_other_tests
    until(lambda: redis_processes() == of_other_tests)
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_gateways_can_be_stopped_and_started_again(plane: Plane, admin: httpx.Client) -> None:
    before = admin.post(PATH).json()["gateways"]
    assert len(before) == 3
    assert admin.delete(PATH).status_code == 204
    assert admin.get(PATH).json()["gateways"] == []
    assert admin.post(PATH).json()["gateways"] == before


def test_a_redis_can_be_stopped_and_started(plane: Plane, admin: httpx.Client) -> None:
    (server,) = admin.post(PATH).json()["redis"]
    assert admin.post(f"{PATH}/redis/stop/{server['key']}").status_code == 204
    assert admin.get(PATH).json()["redis"][0]["running"] is False
    assert admin.post(f"{PATH}/redis/start/{server['key']}").status_code == 204
    assert admin.get(PATH).json()["redis"][0]["running"] is True
    assert admin.post(f"{PATH}/redis/stop/nobody").status_code == 404
    assert admin.post(f"{PATH}/redis/kick/{server['key']}").status_code == 404


def test_hosts_of_upstreams_are_mapped_to_loopback_only(plane: Plane, admin: httpx.Client) -> None:
    admin.post(PATH)
    mapped = {"orders.example.com": "127.0.0.1:9000"}
    assert admin.put(f"{PATH}/upstreams", json=mapped).json() == mapped
    assert admin.get(PATH).json()["upstreams"] == mapped
    for elsewhere in ("10.0.0.1:80", "127.999.0.1:80", "127.0.0.1:0", "127.0.0.1:99999", "a:80"):
        assert admin.put(f"{PATH}/upstreams", json={"a": elsewhere}).status_code == 400


def test_what_needs_gateways_is_refused_while_they_do_not_run(admin: httpx.Client) -> None:
    answer = admin.put(f"{PATH}/upstreams", json={})
    assert answer.status_code == 409
    assert "POST /_sandbox/data-plane" in answer.json()["detail"]


def test_a_sandbox_without_a_state_directory_runs_none(konnect: Konnect) -> None:
    assert konnect.call("POST", PATH).status == 409

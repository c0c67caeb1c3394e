"""When a sandbox counts as unused, by a clock of the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.endpoint import ENDPOINT, endpoint_of
from sandbox.server import Sandbox

HOUR = 3600.0


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(tmp_path: Path, clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "state", speed=0, idle=HOUR, monotonic=clock) as started:
        yield started


def get(sandbox: Sandbox, path: str) -> int:
    token = {"Authorization": f"Bearer {sandbox.endpoint['token']}"}
    return httpx.get(sandbox.endpoint["konnect_url"] + path, headers=token).status_code


def call_cloud(sandbox: Sandbox) -> None:
    port = sandbox.endpoint["debug_providers"]["aws"]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty())


def test_it_is_unused_an_hour_after_its_start(sandbox: Sandbox, clock: Clock) -> None:
    clock.now += HOUR - 1
    assert not sandbox.unused()
    clock.now += 1
    assert sandbox.unused()


def test_a_request_to_konnect_is_use(sandbox: Sandbox, clock: Clock) -> None:
    clock.now += HOUR - 1
    assert get(sandbox, "/v2/control-planes") == 200
    clock.now += HOUR - 1
    assert not sandbox.unused()
    clock.now += 1
    assert sandbox.unused()


def test_a_call_of_a_cloud_is_use(sandbox: Sandbox, clock: Clock) -> None:
    clock.now += HOUR - 1
    call_cloud(sandbox)
    clock.now += HOUR - 1
    assert not sandbox.unused()


def test_a_command_s_announcement_is_use(sandbox: Sandbox, clock: Clock) -> None:
    """The command starts an engine before its first request."""
    clock.now += HOUR
    os.utime(sandbox.state_dir / ENDPOINT)
    assert not sandbox.unused()
    clock.now += HOUR - 1
    assert not sandbox.unused()
    clock.now += 1
    assert sandbox.unused()


def test_a_look_whether_it_runs_and_what_it_has_is_not_use(sandbox: Sandbox, clock: Clock) -> None:
    clock.now += HOUR
    assert endpoint_of(sandbox.state_dir) == sandbox.endpoint
    assert get(sandbox, "/_sandbox/state") == 200
    assert sandbox.unused()


@pytest.mark.parametrize("idle", [0.0, None])
def test_without_a_limit_it_is_never_unused(
    tmp_path: Path, clock: Clock, idle: float | None
) -> None:
    with Sandbox(tmp_path / "state", speed=0, idle=idle, monotonic=clock) as sandbox:
        clock.now += 1000 * HOUR
        assert not sandbox.unused()
        assert sandbox.endpoint["idle"] is None

"""The lock of gateways behind an edge: which requests it lets in, and how its secret rotates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockResourceArgs

from components.entry.origin_lock import (
    HEADER,
    OriginLock,
    OriginLockArgs,
    lock_code,
)
from providers import konnect
from tests.components.gateway_mocks import Registered, World, run_program, unmocked


@dataclass
class Secrets(World):
    """Mocks that give each origin secret the name of its resource as its value."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        id_, outputs = super().new_resource(args)
        if args.typ.endswith("konnect:GatewayOriginSecret"):
            outputs["value"] = args.name
        return id_, outputs


@pytest.fixture(autouse=True)
def _unmocked() -> Iterator[None]:
    yield
    unmocked()


def built(generations: Sequence[int], *planes: str) -> tuple[list[Registered], Any]:
    """The plugins, and the value that the edge sends with whether it is a secret."""

    def make(provider: konnect.Provider) -> Any:
        args = OriginLockArgs({key: f"{key}-id" for key in planes or ("main",)}, generations)
        lock = OriginLock("edge-lock", args, pulumi.ResourceOptions(providers=[provider]))
        return {"sent": lock.secret, "secret": lock.secret.is_secret()}

    world, returned = run_program(make, world=Secrets())
    return world.of("konnect:GatewayPlugin"), returned


def code_of(plugin: Registered) -> str:
    (code,) = plugin.inputs["config"]["access"]
    return str(code)


def test_a_lock_that_is_open_has_its_plugins_disabled() -> None:
    def make(provider: konnect.Provider) -> Any:
        args = OriginLockArgs({"main": "main-id"}, locked=False)
        OriginLock("edge-lock", args, pulumi.ResourceOptions(providers=[provider]))
        return {}

    world, _ = run_program(make, world=Secrets())
    (plugin,) = world.of("konnect:GatewayPlugin")
    assert plugin.inputs["enabled"] is False
    assert plugin.inputs["instance_name"] == "edge-lock"


def test_every_control_plane_asks_for_the_secret_that_the_edge_sends() -> None:
    plugins, edge = built([1], "aws", "gcp")
    assert edge == {"sent": "edge-lock-secret-1", "secret": True}
    assert [one.inputs["control_plane_id"] for one in plugins] == ["aws-id", "gcp-id"]
    for plugin in plugins:
        assert plugin.inputs["name"] == "pre-function"
        assert "service" not in plugin.inputs
        assert "route" not in plugin.inputs
        assert 'given ~= "edge-lock-secret-1"' in code_of(plugin)


def test_a_rotation_never_sends_what_a_gateway_does_not_accept() -> None:
    steps = [[1], [1, 2], [2, 1], [2]]
    found = [built(generations) for generations in steps]
    codes = [code_of(plugins[0]) for plugins, _ in found]
    sent = [edge["sent"] for _, edge in found]
    assert sent == [f"edge-lock-secret-{number}" for number in (1, 1, 2, 2)]
    assert codes[1] == codes[2]  # The order changes only what the edge sends.
    for before, after in zip(range(3), range(1, 4), strict=True):
        # While one update is half done, either side may be of the step before.
        assert f'"{sent[before]}"' in codes[after]
        assert f'"{sent[after]}"' in codes[before] or codes[before] != codes[after]


@pytest.mark.parametrize("generations", [[], [1, 1], [1, 2, 3]])
def test_one_or_two_generations_are_accepted(generations: list[int]) -> None:
    with pytest.raises(ValueError, match="must be one or two different numbers"):
        built(generations)


def test_the_code_lets_in_a_secret_or_an_open_path_and_drops_the_header() -> None:
    assert lock_code(["aa", "bb"], ["/_entry/health"]).splitlines() == [
        f'local given = kong.request.get_header("{HEADER}")',
        "local path = kong.request.get_path()",
        'if path ~= "/_entry/health" and given ~= "aa" and given ~= "bb" then',
        '  return kong.response.exit(403, { message = "Use the public name of this API" })',
        "end",
        f'kong.service.request.clear_header("{HEADER}")',
    ]


@pytest.mark.parametrize("path", ['/"', "/\\", "/\n"])
def test_a_path_that_lua_would_read_otherwise_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="has a quote, a backslash or a control character"):
        lock_code(["aa"], [path])

"""Reading another stack's exports, without an engine: names, options and secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

from stacks.contract import GatewayContract
from stacks.references import ContractError
from tests.event_loops import run_and_close

STACK = "acme/multicloud-gateway/staging"
EXPORTS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "exports" / f"{GatewayContract.VERSION}.json").read_text()
)


class Stacks(Mocks):
    """One stack with the recorded exports, some of them secret."""

    def __init__(self, *secret: str) -> None:
        self.secret = list(secret)
        self.asked: list[str] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            self.asked.append(args.name)
        outputs = {"outputs": EXPORTS, "secretOutputNames": self.secret}
        return args.name, {"name": args.name, **outputs}

    def call(self, args: MockCallArgs) -> dict[Any, Any]:
        raise AssertionError(args.token)


@pytest.fixture(autouse=True)
def nothing_pending() -> Iterator[None]:
    """Leave no unfinished Output of an event loop that is over to the tests after these."""
    yield
    pulumi.runtime.settings.reset_options()


@pytest.mark.parametrize(
    "name",
    ["staging", "multicloud-gateway/staging", "a/b/c/d", "acme/multi cloud/staging", "a//c", ""],
)
def test_only_a_full_stack_name_is_asked_for(name: str) -> None:
    stacks = Stacks()

    async def run() -> None:
        pulumi.runtime.set_mocks(stacks)
        await GatewayContract.reference(name)

    with pytest.raises(ContractError, match="is not a full stack name: write org/multicloud"):
        run_and_close(run())
    assert stacks.asked == []


def test_a_reference_is_made_with_the_callers_options() -> None:
    stacks = Stacks()
    monitor = MockMonitor(stacks)

    async def run() -> None:
        pulumi.runtime.set_mocks(stacks, monitor=monitor)
        parent = pulumi.ComponentResource("probe:index:Team", "team")
        await GatewayContract.reference(STACK, pulumi.ResourceOptions(parent=parent))

    run_and_close(run())
    (urn,) = (urn for urn in monitor.get_registered_resources() if "StackReference" in urn)
    assert "probe:index:Team$pulumi:pulumi:StackReference" in urn
    assert stacks.asked == [STACK]


def test_what_a_stack_exports_as_a_secret_arrives_as_secrets_and_nothing_else_does() -> None:
    async def run() -> dict[str, bool]:
        pulumi.runtime.set_mocks(Stacks("control_planes"))
        gateway = await GatewayContract.reference(STACK)
        region = gateway.regions["aws-us-east-2"]
        found = {
            "plane": gateway.control_planes["main"].id,
            "hostnames": region.hostnames,
            "attachment": region.attachments["transit-gateway"].id,
        }
        return {name: await value.is_secret() for name, value in found.items()}

    assert run_and_close(run()) == {"plane": True, "hostnames": False, "attachment": False}

"""The URNs of the shipped environments: what is in the state of every stack.

A URN has the types of all parents. A resource of another URN is replaced, and a network that is
replaced takes 40 minutes and has new addresses. Give it an alias (`pulumi.Alias`) with its old name
or parent, and then record the new URNs:

    RECORD=1 pytest tests/components/test_state_format.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.gateway import MultiCloudGateway
from providers import konnect
from stacks.program import refuse_deletion_while_used
from tests import shipped
from tests.components.gateway_mocks import run_program, unmocked

RECORDED = Path(__file__).with_name("urns")


@pytest.fixture(autouse=True)
def _unmocked() -> Iterator[None]:
    yield
    unmocked()


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_urns_of_an_environment_are_those_in_the_state_of_its_stack(stack: str) -> None:
    environment = shipped.load(stack)

    def make(provider: konnect.Provider) -> Any:
        name = f"gateway-{stack}"
        opts = pulumi.ResourceOptions(providers=[provider])
        gateway = MultiCloudGateway(name, shipped.arguments(environment), opts)
        with_provider = pulumi.ResourceOptions(provider=provider)
        refuse_deletion_while_used(name, gateway, with_provider)
        return {}

    world, _ = run_program(make)

    built = "\n".join(sorted(world.urns)) + "\n"
    file = RECORDED / f"{stack}.txt"
    if os.environ.get("RECORD"):
        file.write_text(built)
    assert built == file.read_text(), "a resource of another URN is replaced: see above"


def test_a_recorded_urn_is_of_one_resource_only() -> None:
    for file in RECORDED.iterdir():
        urns = file.read_text().splitlines()
        assert len(urns) == len({*urns})
        assert all(urn.startswith("urn:pulumi:s::p::") for urn in urns)

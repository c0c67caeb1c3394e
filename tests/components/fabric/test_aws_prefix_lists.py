"""Prefix lists of a fabric in AWS."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import islice
from typing import Any

import pulumi
import pytest

from components.component import Component
from components.fabric.native.aws_prefix_lists import prefix_list
from providers import konnect
from tests.components.gateway_mocks import run_program, unmocked

BLOCKS = list(islice(IPv4Network("10.64.0.0/13").subnets(new_prefix=24), 101))


@pytest.mark.parametrize("count", [100, 101])
def test_a_list_of_more_blocks_than_aws_takes_in_one_request_is_a_warning(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, _: said.append(text))

    def make(_: konnect.Provider) -> Any:
        owner = Component("Owner", "hub", {})
        return prefix_list(owner, "closed", "us-east-2", BLOCKS[:count], {})

    world, _ = run_program(make)
    unmocked()
    (made,) = (one for one in world.resources if one.name == "hub-closed")
    assert len(made.inputs["entries"]) == count
    if count == 100:
        assert said == []
    else:
        (line,) = said
        assert line.startswith("prefix list hub-closed has 101 blocks, and AWS takes 100 in one")

"""Sizes of gateway networks, by cloud and environment."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.konnect_network_cidr_size import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run


def network(name: str = "network", **changed: Any) -> Resource:
    props = {"region": "us-east-2", "cidr_block": "10.64.0.0/20"}
    return resource(types.NETWORK, name, props | changed)


def test_a_compliant_network_passes() -> None:
    assert run(policy, [network()]).violations == []


@pytest.mark.parametrize(
    ("region", "prefix", "passes"),
    [
        ("us-east-2", 15, False),
        ("us-east-2", 16, True),
        ("us-east-2", 23, True),
        ("us-east-2", 24, False),
        ("us-central1", 23, True),
        ("us-central1", 24, False),
        ("eastus2", 16, True),
        ("eastus2", 21, True),
        ("eastus2", 22, False),
        ("uksouth", 22, False),
        ("northamerica-northeast1", 22, True),
        (None, 23, True),
        (None, 24, False),
    ],
)
def test_a_size_that_its_cloud_does_not_take_is_a_violation(
    region: str | None, prefix: int, passes: bool
) -> None:
    outcome = run(policy, [network(region=region, cidr_block=f"10.0.0.0/{prefix}")])
    assert outcome.names == ([] if passes else ["network"])


def test_an_environment_may_want_larger_blocks_than_its_cloud() -> None:
    outcome = run(policy, [network(cidr_block="10.64.0.0/22")], {"max_prefix_length": 21})
    assert "10.64.0.0/22 must be a /16 to /21 in aws" in outcome.messages
    assert not run(policy, [network()], {"max_prefix_length": 21}).violations


def test_what_an_environment_wants_does_not_make_azure_take_less() -> None:
    small = network(region="eastus2", cidr_block="10.64.0.0/22")
    assert run(policy, [small], {"max_prefix_length": 23}).names == ["network"]


@pytest.mark.parametrize("block", [None, "10.64.0.0", "10.64.1.0/20", "10.64.0.0/33", ""])
def test_a_missing_or_unreadable_block_is_a_violation(block: str | None) -> None:
    assert run(policy, [network(cidr_block=block)]).names == ["network"]


def test_an_unknown_block_is_said_and_hides_no_other_violation() -> None:
    outcome = run(
        policy, [network("later", cidr_block=UNKNOWN), network("bad", cidr_block="10.0.0.0/24")]
    )
    assert outcome.names == ["bad"]
    assert outcome.unknown is not None
    assert "later .cidr_block" in outcome.unknown


def test_an_excepted_network_passes() -> None:
    bad = [network("old-net", cidr_block="10.0.0.0/24"), network("bad", cidr_block="10.0.0.0/24")]
    config = {"exceptions": [{"resource": "old-*", "reason": "goes next year"}]}
    assert run(policy, bad, config).names == ["bad"]

"""Address ranges of one environment."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.konnect_network_no_overlap import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run


def network(name: str, cidr: Any) -> Resource:
    return resource(types.NETWORK, name, {"cidr_block": cidr})


def vpc(name: str, cidr: Any) -> Resource:
    return resource(types.AWS_VPC, name, {"cidrBlock": cidr})


def vnet(name: str, *cidrs: Any) -> Resource:
    space = {"addressPrefixes": list(cidrs)}
    return resource(types.AZURE_VIRTUAL_NETWORK, name, {"addressSpace": space})


def subnetwork(name: str, cidr: Any) -> Resource:
    return resource(types.GCP_SUBNETWORK, name, {"ipCidrRange": cidr})


def attachment(name: str, of: str, *cidrs: Any) -> Resource:
    props = {"network_id": UNKNOWN, "cidr_blocks": list(cidrs)}
    return resource(types.ATTACHMENT, name, props, dependencies={"network_id": [of]})


BASELINE = [
    network("net-a", "10.64.0.0/20"),
    network("net-b", "10.64.16.0/20"),
    vpc("vpc", "10.65.0.0/16"),
    vnet("vnet", "10.81.0.0/16"),
    subnetwork("workload", "10.105.0.0/17"),
    # A landing's own block and what lies behind it, from two regions.
    attachment("link-a", "net-a", "10.65.0.0/16", "10.200.0.0/16"),
    attachment("link-b", "net-b", "10.65.0.0/16", "10.200.0.0/16"),
]


def test_a_compliant_environment_passes() -> None:
    outcome = run(policy, BASELINE)
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize(
    ("added", "other"),
    [
        (network("net-c", "10.64.0.0/21"), "net-a"),
        (network("net-c", "10.64.0.0/19"), "net-a"),
        (vpc("vpc-2", "10.64.8.0/24"), "net-a"),
        (vpc("vpc-2", "10.65.0.0/16"), "vpc"),
        (vnet("vnet-2", "10.200.0.0/16", "10.64.16.0/24"), "net-b"),
        (vnet("vnet-2", "10.81.128.0/17"), "vnet"),
        (subnetwork("workload-2", "10.105.0.0/16"), "workload"),
        (subnetwork("workload-2", "10.64.0.0/14"), "net-a"),
        (attachment("link-c", "net-b", "10.64.0.0/16"), "net-a"),
        (attachment("link-c", "net-a", "10.200.7.0/24"), "link-a"),
    ],
)
def test_an_overlap_is_a_violation_that_names_both_owners(added: Resource, other: str) -> None:
    outcome = run(policy, [added, *BASELINE])
    assert set(outcome.names) == {added.name}
    assert f"of {added.name} overlaps" in outcome.messages
    assert f"of {other}:" in outcome.messages


def test_with_a_fabric_an_attachment_routes_the_gateways_of_other_regions_and_never_its_own() -> (
    None
):
    fabric = resource(types.TRANSIT_FABRIC, "fabric", {})
    others = attachment("link-c", "net-b", "10.64.0.0/20")
    assert run(policy, [others, *BASELINE, fabric]).violations == []
    own = attachment("link-c", "net-b", "10.64.0.0/16")
    outcome = run(policy, [own, *BASELINE, fabric])
    assert outcome.names == ["link-c"]
    assert "overlaps 10.64.16.0/20 of net-b" in outcome.messages


def test_of_a_gateway_network_and_another_the_other_has_to_move() -> None:
    outcome = run(policy, [network("z-net", "10.0.0.0/20"), vpc("a-vpc", "10.0.0.0/16")])
    assert outcome.names == ["a-vpc"]


@pytest.mark.parametrize("cidr", ["10.100.16.0/20", "10.96.0.0/13", "172.17.0.0/16"])
def test_a_range_that_kong_reserves_is_a_violation_of_a_gateway_network(cidr: str) -> None:
    outcome = run(policy, [network("net", cidr)])
    assert outcome.names == ["net"]
    assert "which Kong reserves" in outcome.messages
    assert run(policy, [vpc("vpc", cidr)]).violations == []


@pytest.mark.parametrize(
    "added",
    [
        network("net-c", None),
        vpc("vpc-2", None),
        resource(types.AZURE_VIRTUAL_NETWORK, "vnet-2", {}),
        resource(types.ATTACHMENT, "link-c", {}),
        vpc("vpc-2", "no block"),
    ],
)
def test_a_missing_or_unreadable_range_overlaps_nothing(added: Resource) -> None:
    assert run(policy, [added, *BASELINE]).violations == []


@pytest.mark.parametrize(
    "added",
    [
        network("later", UNKNOWN),
        vpc("later", UNKNOWN),
        vnet("later", "10.3.0.0/16", UNKNOWN),
        subnetwork("later", UNKNOWN),
        attachment("later", "net-a", UNKNOWN),
    ],
)
def test_an_unknown_range_is_said_and_hides_no_other_violation(added: Resource) -> None:
    outcome = run(policy, [added, *BASELINE, network("net-c", "10.64.0.0/21")])
    assert outcome.names == ["net-c"]
    assert "later ." in str(outcome.unknown)


def test_an_excepted_owner_may_overlap_whichever_side_it_is() -> None:
    overlapping = [vpc("lab-vpc", "10.65.0.0/24"), vpc("vpc-2", "10.65.1.0/24")]
    config = {"exceptions": [{"resource": "lab-*", "reason": "is routed nowhere"}]}
    assert run(policy, [*BASELINE, *overlapping]).names == ["vpc", "vpc-2"]
    assert run(policy, [*BASELINE, *overlapping], config).names == ["vpc-2"]

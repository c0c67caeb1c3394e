"""Isolated regions in the settings: which can be, and what is left to another team."""

from __future__ import annotations

import copy
from typing import Any

from providers.konnect.live import LiveObjects
from stacks.isolation import isolation_problems, isolation_warnings
from tests.stacks.baseline import BASELINE, with_change
from tests.stacks.test_live import GATEWAY, in_konnect, live_of, load


def isolated(*regions: int, **changes: Any) -> dict[str, Any]:
    """The baseline with some regions isolated, and changed in another way."""
    document = copy.deepcopy(BASELINE)
    for index in regions:
        document["regions"][index] |= {"isolated": True, **changes}
    return document


def problems(document: dict[str, Any], found: LiveObjects) -> list[str]:
    loaded = load(document)
    live = live_of(GATEWAY, loaded, found)
    return [problem.line("file") for problem in isolation_problems(loaded, live)]


def test_a_live_region_can_be_isolated_and_all_of_them() -> None:
    assert problems(isolated(0, 1, 2), in_konnect()) == []


def test_a_region_that_was_never_built_cannot_be_isolated() -> None:
    nothing = LiveObjects([], [], [], [])
    assert problems(isolated(1), nothing) == [
        "file: gateway.regions[1].isolated: true isolates azure-eastus2, and Konnect has no "
        "network of it with 10.80.0.0/20; delete isolated, run `pulumi up`, and isolate the region "
        "after that"
    ]
    assert problems(BASELINE, nothing) == []


def test_an_isolated_region_gets_no_other_network_in_the_same_update() -> None:
    assert problems(isolated(0, cidr="10.66.0.0/20"), in_konnect()) == [
        "file: gateway.regions[0].isolated: true isolates aws-us-east-2, and Konnect has no "
        "network of it with 10.66.0.0/20; write the cidr and zones of the live network; change "
        "them after that"
    ]


def test_what_is_left_to_the_owner_of_a_given_network_is_said() -> None:
    document = {**isolated(0, 1, 2), "cache": None}
    assert list(isolation_warnings(load(document))) == []
    for region in document["regions"]:
        region["landing"] = {"cidr": region["landing"]["cidr"], "network": "acme/networks/prod"}
    told = [warning.line("file") for warning in isolation_warnings(load(document))]
    assert told == [
        "file: gateway.regions[0].isolated: true lets connections that exist live on in the "
        "network of acme/networks/prod, because its owner has what cuts them; ask the owner to "
        "deny 10.64.0.0/20 both ways in the network ACLs of the VPC's subnets",
        "file: gateway.regions[1].isolated: true lets connections that exist live on in the "
        "network of acme/networks/prod, because its owner has what cuts them; ask the owner to "
        "route 10.80.0.0/20 to the next hop None in the route tables of the VNet's subnets",
    ]


def test_other_networks_of_a_virtual_hub_are_left_to_their_owners() -> None:
    document = isolated(1)
    region = document["regions"][1]
    region["links"] = {"virtual-hub": {"address_prefix": "10.95.0.0/23"}}
    assert list(isolation_warnings(load(document))) == []
    region["landing"]["reach"] = ["10.130.0.0/16"]
    (told,) = [warning.line("file") for warning in isolation_warnings(load(document))]
    assert told == (
        "file: gateway.regions[1].isolated: true leaves other networks of the virtual hub "
        "connected with the gateway; ask their owners to deny 10.80.0.0/20 in their network "
        "security groups"
    )


def test_a_region_is_isolated_by_true_only() -> None:
    assert not load(with_change("regions", 0, "isolated", to=False)).regions[0].isolated
    assert load(with_change("regions", 0, "isolated", to=True)).regions[0].isolated

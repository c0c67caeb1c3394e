"""What is routed into hubs and to Kong."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.cloud_hub_no_default_route import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run

GATEWAY = "10.72.0.0/20"
HUB = {"transitGatewayId": UNKNOWN}
APPLIANCE = {"nextHopType": "VirtualAppliance"}


def one(type_: str, **props: Any) -> Resource:
    return resource(type_, "it", props)


@pytest.mark.parametrize(
    "route",
    [
        one(types.ATTACHMENT, cidr_blocks=[GATEWAY, "172.16.0.0/12"]),
        one(types.AWS_ROUTE, destinationCidrBlock=GATEWAY, **HUB),
        one(types.AWS_ROUTE, destinationPrefixListId=UNKNOWN, **HUB),
        one(types.AWS_PREFIX_LIST, entries=[{"cidr": GATEWAY}]),
        one(types.AWS_ROUTE, destinationCidrBlock="0.0.0.0/0", gatewayId=UNKNOWN),
        one(types.AWS_ROUTE, destinationCidrBlock="0.0.0.0/0", transitGatewayId=""),
        one(types.AWS_ROUTE_TABLE, routes=[{"cidrBlock": GATEWAY, "ipv6CidrBlock": "", **HUB}]),
        one(types.AWS_ROUTE_TABLE, routes=[{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat"}]),
        one(types.AWS_TRANSIT_GATEWAY_ROUTE, destinationCidrBlock=GATEWAY),
        one(types.AWS_TRANSIT_GATEWAY_ROUTE, destinationCidrBlock="0.0.0.0/0", blackhole=True),
        one(types.AZURE_ROUTE, addressPrefix=GATEWAY, **APPLIANCE),
        one(types.AZURE_ROUTE, addressPrefix="0.0.0.0/0", nextHopType="None"),
        one(types.AZURE_ROUTE_TABLE, routes=[{"addressPrefix": "*", "nextHopType": "Internet"}]),
        one(types.GCP_ROUTE, destRange=GATEWAY, nextHopIlb=UNKNOWN),
        one(types.GCP_ROUTE, destRange="0.0.0.0/0", nextHopGateway="default-internet-gateway"),
        one(types.GCP_ROUTE, destRange="0.0.0.0/0", nextHopIp="10.0.0.1", tags=["nat"]),
    ],
)
def test_compliant_routes_are_private_or_enter_no_hub(route: Resource) -> None:
    outcome = run(policy, [route])
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize(
    ("route", "block"),
    [
        (one(types.ATTACHMENT, cidr_blocks=[GATEWAY, "0.0.0.0/0"]), "0.0.0.0/0"),
        (one(types.ATTACHMENT, cidr_blocks=["203.0.113.0/24"]), "203.0.113.0/24"),
        (one(types.AWS_ROUTE, destinationCidrBlock="0.0.0.0/0", **HUB), "0.0.0.0/0"),
        (one(types.AWS_PREFIX_LIST, entries=[{"cidr": "0.0.0.0/0"}]), "0.0.0.0/0"),
        (one(types.AWS_ROUTE, destinationIpv6CidrBlock="::/0", coreNetworkArn="arn"), "::/0"),
        (
            one(types.AWS_ROUTE, destinationCidrBlock="0.0.0.0/1", vpcPeeringConnectionId="p"),
            "0.0.0.0/1",
        ),
        (one(types.AWS_ROUTE_TABLE, routes=[{"cidrBlock": "0.0.0.0/0", **HUB}]), "0.0.0.0/0"),
        (one(types.AWS_TRANSIT_GATEWAY_ROUTE, destinationCidrBlock="0.0.0.0/0"), "0.0.0.0/0"),
        (one(types.AZURE_ROUTE, addressPrefix="0.0.0.0/0", **APPLIANCE), "0.0.0.0/0"),
        (
            one(
                types.AZURE_ROUTE_TABLE,
                routes=[{"addressPrefix": "::/0", "nextHopType": "VirtualNetworkGateway"}],
            ),
            "::/0",
        ),
        (one(types.GCP_ROUTE, destRange="0.0.0.0/0", nextHopVpnTunnel=UNKNOWN), "0.0.0.0/0"),
    ],
)
def test_a_public_block_into_a_hub_is_a_violation(route: Resource, block: str) -> None:
    outcome = run(policy, [route])
    assert outcome.names == ["it"]
    assert outcome.messages == f"routes {block}, which is not a private block"


def test_missing_blocks_route_nothing() -> None:
    kinds = (types.ATTACHMENT, types.AWS_ROUTE_TABLE, types.AZURE_ROUTE_TABLE)
    assert run(policy, [resource(kind, kind, {}) for kind in kinds]).violations == []


@pytest.mark.parametrize(
    "route",
    [
        one(types.ATTACHMENT, cidr_blocks=[UNKNOWN, "0.0.0.0/0"]),
        one(
            types.AWS_ROUTE,
            destinationCidrBlock=UNKNOWN,
            destinationIpv6CidrBlock="::/0",
            **HUB,
        ),
        one(types.AWS_ROUTE_TABLE, routes=[UNKNOWN, {"cidrBlock": "0.0.0.0/0", **HUB}]),
        one(
            types.AZURE_ROUTE_TABLE,
            routes=[{"nextHopType": UNKNOWN}, {"addressPrefix": "0.0.0.0/0", **APPLIANCE}],
        ),
    ],
)
def test_what_is_unknown_is_said_and_hides_no_violation_beside_it(route: Resource) -> None:
    outcome = run(policy, [route])
    assert outcome.names == ["it"]
    assert "it ." in str(outcome.unknown)


def test_an_excepted_route_may_lead_everywhere() -> None:
    config = {"exceptions": [{"resource": "it", "reason": "through the firewall"}]}
    route = one(types.ATTACHMENT, cidr_blocks=["0.0.0.0/0"])
    assert run(policy, [route], config).violations == []

"""The hub of a fabric in Azure: gateway, links, landing, segments and spokes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.fabric.model import GivenSpoke, SegmentArgs, SpokeArgs
from tests.components.fabric.azure_hubs import (
    AWS,
    CORE,
    FABRIC,
    FAR_ADDRESSES,
    GCP,
    OTHER,
    SEGMENTS,
    SPOKES,
    fabric_in_azure,
    recorded,
)
from tests.components.fabric.sandbox_program import CloudWorld, cloud_world
from tests.sandbox.clouds import tokens

HUB = f"fabric-{CORE}"


@pytest.fixture(scope="module")
def built() -> Iterator[tuple[CloudWorld, Any]]:
    """The fabric in Azure, created; tests only read it. And what its program returned."""
    with cloud_world() as world:
        yield world, world.run(fabric_in_azure())


def rules(world: CloudWorld, owner: str) -> dict[str, dict[str, Any]]:
    """The security rules of a component, by the end of their names."""
    return {
        name.removeprefix(f"{owner}-"): made.outputs
        for (token, name), made in world.objects.items()
        if token.endswith("SecurityRule") and name.startswith(f"{owner}-")
    }


def test_only_a_hub_with_links_to_other_clouds_has_a_vpn_gateway(
    built: tuple[CloudWorld, Any],
) -> None:
    world, _ = built

    (gateway,) = [one for one in world.objects.values() if one.token.endswith("VpnGateway")]
    assert gateway.name == f"{HUB}-vpn-gateway"
    assert gateway["virtualHub"] == {"id": world.made(f"{CORE}-hub-virtual-hub").id}
    custom = {
        one["ipconfigurationId"]: one["customBgpIpAddresses"]
        for one in gateway["bgpSettings"]["bgpPeeringAddresses"]
    }
    assert {address.split(".")[2] for address in custom["Instance0"]} == {"21"}
    assert {address.split(".")[2] for address in custom["Instance1"]} == {"22"}
    # Two tunnels of AWS and one of GCP for each instance.
    assert [len(addresses) for addresses in custom.values()] == [3, 3]


@pytest.mark.parametrize("far", [AWS, GCP])
def test_a_link_connection_meets_its_tunnel_of_the_other_cloud(
    built: tuple[CloudWorld, Any], far: str
) -> None:
    world, addresses = built

    site, connection = world.made(f"{HUB}-{far}-site"), world.made(f"{HUB}-{far}-connection")
    links = {link["id"]: link for link in site["vpnSiteLinks"]}
    assert [link["ipAddress"] for link in site["vpnSiteLinks"]] == FAR_ADDRESSES[far]
    instances = {
        one["id"]: one["publicIpAddress"]
        for one in world.made(f"{HUB}-vpn-gateway")["ipConfigurations"]
    }
    assert len(connection["vpnLinkConnections"]) == len(FAR_ADDRESSES[far])
    for number, one in enumerate(connection["vpnLinkConnections"]):
        link = links[one["vpnSiteLink"]["id"]]
        peer = IPv4Network(f"{link['bgpProperties']['bgpPeeringAddress']}/30", strict=False)
        own = {
            custom["ipConfigurationId"]: custom["customBgpIpAddress"]
            for custom in one["vpnGatewayCustomBgpAddresses"]
        }
        (met,) = [key for key, address in own.items() if IPv4Network(address).subnet_of(peer)]
        assert instances[met] == addresses[far][number]
        assert set(own) == {"Instance0", "Instance1"}
        assert one["sharedKey"] == f"key-{far}-{number}"
        (policy,) = one["ipsecPolicies"]
        assert (policy["ikeEncryption"], policy["pfsGroup"]) == ("AES256", "PFS14")


def test_aws_has_two_tunnels_to_each_instance_and_gcp_one(built: tuple[CloudWorld, Any]) -> None:
    _, addresses = built

    first, second = sorted(set(addresses[AWS]))
    assert sorted(addresses[AWS]) == [first, first, second, second]
    assert sorted(addresses[GCP]) == [first, second]


def test_a_landing_lets_remote_gateways_in_on_its_ports_alone(
    built: tuple[CloudWorld, Any],
) -> None:
    world, _ = built

    for key in (CORE, OTHER):
        found = rules(world, f"fabric-{key}")
        allowed, denied = found["from-remote-gateways"], found["not-from-remote-gateways"]
        own = "10.80.0.0/20" if key == CORE else "10.84.0.0/20"
        assert own not in allowed["sourceAddressPrefixes"]
        assert "10.64.0.0/20" in allowed["sourceAddressPrefixes"]
        assert allowed["sourceAddressPrefixes"] == denied["sourceAddressPrefixes"]
        assert allowed["destinationPortRanges"] == ["443"]
        assert (allowed["access"], denied["access"]) == ("Allow", "Deny")
        assert allowed["priority"] < denied["priority"]


def test_a_spoke_lets_its_callers_in_and_no_other_private_network(
    built: tuple[CloudWorld, Any],
) -> None:
    world, _ = built

    orders = rules(world, f"{HUB}-orders")
    assert orders["from-callers"]["destinationPortRanges"] == ["443", "8443"]
    assert orders["from-callers"]["destinationAddressPrefix"] == "10.90.0.0/25"
    callers = set(orders["from-callers"]["sourceAddressPrefixes"])
    # Gateways, the spoke of its segment in AWS, and that of the connected segment.
    assert {"10.64.0.0/20", "10.80.0.0/20", "10.92.0.0/24", "10.91.0.0/24"} <= callers
    assert "10.0.0.0/8" in orders["not-from-others"]["sourceAddressPrefixes"]
    assert "10.0.0.0/8" in orders["not-to-others"]["destinationAddressPrefixes"]
    books = rules(world, f"{HUB}-books")["from-callers"]
    assert set(books["sourceAddressPrefixes"]) == {"10.90.0.0/24", "10.92.0.0/24"}


def test_a_segment_without_gateways_has_a_table_of_its_own(built: tuple[CloudWorld, Any]) -> None:
    world, _ = built

    tables = {made.name for made in world.objects.values() if made.token.endswith("HubRouteTable")}
    assert tables == {f"{HUB}-segment-ledger"}
    table = world.made(f"{HUB}-segment-ledger")
    books = world.made(f"{HUB}-books-connection")["routingConfiguration"]
    assert books["associatedRouteTable"] == {"id": table.id}
    assert set(books["propagatedRouteTables"]["labels"]) == {"default", "segment-ledger"}
    orders = world.made(f"{HUB}-orders-connection")["routingConfiguration"]
    assert orders["associatedRouteTable"]["id"].endswith("/hubRouteTables/defaultRouteTable")
    assert set(orders["propagatedRouteTables"]["labels"]) == {"default", "segment-ledger"}
    for far in (AWS, GCP):
        branch = world.made(f"{HUB}-{far}-connection")["routingConfiguration"]
        assert branch["associatedRouteTable"]["id"].endswith("/defaultRouteTable")
        assert set(branch["propagatedRouteTables"]["labels"]) == {"default", "segment-ledger"}


def test_a_spoke_more_changes_nothing_but_its_own() -> None:
    more = {**SPOKES, "returns": SpokeArgs(OTHER, IPv4Network("10.93.0.0/24"), "shop")}
    with cloud_world() as world:
        world.run(fabric_in_azure(recorded(FABRIC)))
        assert world.run(fabric_in_azure(recorded(FABRIC))) is not None
        assert world.changes == []

        world.run(fabric_in_azure(replace(recorded(FABRIC), spokes=more)))
        assert world.names("replace") == world.names("delete") == set()
        own = f"fabric-{OTHER}-returns"
        assert all(name.startswith(own) for name in world.names("create"))
        callers = {f"{HUB}-{spoke}-from-callers" for spoke in ("orders", "books")}
        routes = {f"{HUB}-{spoke}-to-routes" for spoke in ("orders", "books")}
        assert world.names("update") <= callers | routes


def test_a_third_segment_and_a_given_spoke_are_created_in_place() -> None:
    with cloud_world() as world:
        world.run(fabric_in_azure(recorded(FABRIC)))
        azure = world.providers["azure-native"]
        azure.create(tokens.RESOURCE_GROUP, resourceGroupName="theirs", location="westeurope")
        theirs = azure.create(
            tokens.VNET,
            resourceGroupName="theirs",
            virtualNetworkName="journal",
            addressSpace={"addressPrefixes": ["10.94.0.0/24"]},
        )
        journal = SpokeArgs(
            OTHER, IPv4Network("10.94.0.0/24"), "audit", given=GivenSpoke(theirs.id)
        )
        args = replace(
            recorded(FABRIC),
            segments={**SEGMENTS, "audit": SegmentArgs(gateways=False)},
            spokes={**SPOKES, "journal": journal},
        )
        world.run(fabric_in_azure(args))

        own = f"fabric-{OTHER}"
        created = {f"{own}-segment-audit", f"{own}-journal-connection"}
        assert world.names("create") == created
        # The VPNs of the core announce their routes to the new segment too.
        assert world.names("update") == {f"{HUB}-{far}-connection" for far in (AWS, GCP)}
        assert world.names("replace") == world.names("delete") == set()
        connection = world.made(f"{own}-journal-connection")
        assert connection["remoteVirtualNetwork"] == {"id": theirs.id}


def test_an_isolated_gateway_is_kept_out_and_sent_nothing() -> None:
    hubs = [replace(one, isolated=one.key == CORE) for one in FABRIC.hubs]
    with cloud_world() as world:
        world.run(fabric_in_azure(replace(FABRIC, hubs=hubs)))

        spoke = f"{HUB}-orders"
        assert "10.80.0.0/20" not in rules(world, spoke)["from-callers"]["sourceAddressPrefixes"]
        (route,) = world.made(f"{spoke}-spoke-isolation-routes")["routes"]
        assert (route["addressPrefix"], route["nextHopType"]) == ("10.80.0.0/20", "None")
        remote = rules(world, f"fabric-{OTHER}")["from-remote-gateways"]
        assert "10.80.0.0/20" not in remote["sourceAddressPrefixes"]


def test_all_of_a_fabric_can_be_deleted() -> None:
    with cloud_world() as world:
        world.run(fabric_in_azure())
        world.run(dict)
        assert world.objects == {}

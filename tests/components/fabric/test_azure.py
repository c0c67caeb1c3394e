"""The hub of a fabric in Azure: gateway, links, landing, segments and spokes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.fabric.model import (
    FabricArgs,
    GivenSpoke,
    InspectionArgs,
    InspectionKind,
    SegmentArgs,
    SpokeArgs,
)
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


def test_a_gateway_makes_one_connection_at_a_time(built: tuple[CloudWorld, Any]) -> None:
    world, _ = built

    first, second = sorted(world.of("network:VpnConnection"), key=lambda one: len(one.depends_on))
    assert second.urn not in first.depends_on
    assert first.urn in second.depends_on


def test_aws_has_two_tunnels_to_each_instance_and_gcp_one(built: tuple[CloudWorld, Any]) -> None:
    _, addresses = built

    first, second = sorted(set(addresses[AWS]))
    assert sorted(addresses[AWS]) == [first, first, second, second]
    assert sorted(addresses[GCP]) == [first, second]


def test_a_landing_lets_remote_gateways_in_on_its_ports_and_no_other_network_of_the_fabric(
    built: tuple[CloudWorld, Any],
) -> None:
    world, _ = built

    blocks = {CORE: ("10.80.0.0/20", "10.81.0.0/16"), OTHER: ("10.84.0.0/20", "10.85.0.0/16")}
    for key, own in blocks.items():
        found = rules(world, f"fabric-{key}")
        allowed, denied = found["from-remote-gateways"], found["not-from-fabric"]
        assert set(allowed["sourceAddressPrefixes"]) == {
            "10.64.0.0/20",
            "10.96.0.0/20",
            *(gateway for other, (gateway, _) in blocks.items() if other != key),
        }
        assert allowed["destinationPortRanges"] == ["443"]
        refused = set(denied["sourceAddressPrefixes"])
        assert not refused & set(own)
        spokes = {str(spoke.cidr) for spoke in SPOKES.values()}
        assert refused > {*allowed["sourceAddressPrefixes"], *spokes, "10.65.0.0/16"}
        assert (allowed["access"], denied["access"]) == ("Allow", "Deny")
        assert allowed["priority"] < denied["priority"]


def test_a_landing_keeps_out_further_blocks_behind_other_hubs() -> None:
    office, warehouse = IPv4Network("172.16.0.0/20"), IPv4Network("172.16.16.0/20")
    reach = {AWS: [office], OTHER: [warehouse]}
    hubs = [replace(one, reach=reach.get(one.key, ())) for one in FABRIC.hubs]
    with cloud_world() as world:
        world.run(fabric_in_azure(replace(FABRIC, hubs=hubs)))

        core = rules(world, HUB)["not-from-fabric"]["sourceAddressPrefixes"]
        assert {str(office), str(warehouse)} <= set(core)
        own = rules(world, f"fabric-{OTHER}")["not-from-fabric"]["sourceAddressPrefixes"]
        assert str(office) in own
        assert str(warehouse) not in own


def test_a_link_that_goes_leaves_its_bgp_addresses_to_the_gateway() -> None:
    args = recorded(FABRIC)
    hubs = [one for one in args.hubs if one.key != GCP]
    with cloud_world() as world:
        world.run(fabric_in_azure(args))
        before = world.made(f"{HUB}-vpn-gateway")["bgpSettings"]

        world.run(fabric_in_azure(replace(args, hubs=hubs)))
        assert world.names("delete") == {f"{HUB}-{GCP}-{part}" for part in ("site", "connection")}
        assert world.names("replace") == set()
        assert world.made(f"{HUB}-vpn-gateway")["bgpSettings"] == before


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
        # The segment "lab" is in AWS only, so no table in Azure has its label.
        assert branch["associatedRouteTable"]["id"].endswith("/defaultRouteTable")
        assert set(branch["propagatedRouteTables"]["labels"]) == {"default", "segment-ledger"}


def test_a_spoke_and_a_segment_more_replace_nothing_and_all_can_be_deleted() -> None:
    with cloud_world() as world:
        world.run(fabric_in_azure(recorded(FABRIC)))
        world.run(fabric_in_azure(recorded(FABRIC)))
        assert world.changes == []

        theirs = vnet_of_others(world, "10.94.0.0/24")
        journal = SpokeArgs(OTHER, IPv4Network("10.94.0.0/24"), "audit", given=theirs)
        returns = SpokeArgs(OTHER, IPv4Network("10.93.0.0/24"), "shop")
        args = replace(
            recorded(FABRIC),
            segments={**SEGMENTS, "audit": SegmentArgs(gateways=False)},
            spokes={**SPOKES, "journal": journal, "returns": returns},
        )
        world.run(fabric_in_azure(args))
        assert world.names("replace") == world.names("delete") == set()
        own = f"fabric-{OTHER}"
        apart = {f"{own}-segment-audit", f"{own}-journal-connection"}
        assert {
            name for name in world.names("create") if not name.startswith(f"{own}-returns-")
        } == apart
        # Spokes of its segments let the new one in, and landings keep it out. The VPNs announce
        # their routes to the new segment.
        others = {f"{HUB}-{spoke}" for spoke in ("orders", "books")}
        assert world.names("update") == {
            *(f"{spoke}-from-callers" for spoke in others),
            *(f"{spoke}-to-routes" for spoke in others),
            *(f"{HUB}-{far}-connection" for far in (AWS, GCP)),
            *(f"fabric-{key}-not-from-fabric" for key in (CORE, OTHER)),
        }
        given = world.made(f"{own}-journal-connection")
        assert given["remoteVirtualNetwork"] == {"id": theirs.network_id}

        world.run(dict)
        assert world.objects == {}


def vnet_of_others(world: CloudWorld, block: str) -> GivenSpoke:
    """A VNet that another team created."""
    azure = world.providers["azure-native"]
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName="theirs", location="westeurope")
    made = azure.create(
        tokens.VNET,
        resourceGroupName="theirs",
        virtualNetworkName="theirs",
        addressSpace={"addressPrefixes": [block]},
    )
    return GivenSpoke(made.id)


def test_an_isolated_gateway_is_kept_out_and_sent_nothing() -> None:
    hubs = [replace(one, isolated=one.key == CORE) for one in FABRIC.hubs]
    with cloud_world() as world:
        world.run(fabric_in_azure(replace(FABRIC, hubs=hubs)))

        spoke = f"{HUB}-orders"
        assert "10.80.0.0/20" not in rules(world, spoke)["from-callers"]["sourceAddressPrefixes"]
        (route,) = world.made(f"{spoke}-spoke-isolation-routes")["routes"]
        assert (route["addressPrefix"], route["nextHopType"]) == ("10.80.0.0/20", "None")
        remote = rules(world, f"fabric-{OTHER}")
        assert "10.80.0.0/20" not in remote["from-remote-gateways"]["sourceAddressPrefixes"]
        assert "10.80.0.0/20" in remote["not-from-fabric"]["sourceAddressPrefixes"]


NATIVE = replace(
    FABRIC,
    inspection=InspectionArgs(InspectionKind.NATIVE, bypass=[IPv4Network("10.90.0.0/24")]),
)


def firewall_rules(world: CloudWorld, key: str) -> dict[str, dict[str, Any]]:
    """The rules of the firewall of a hub, by name."""
    (collection,) = world.made(f"fabric-{key}-inspection-rules")["ruleCollections"]
    assert collection["action"] == {"type": "Allow"}
    return {rule["name"]: rule for rule in collection["rules"]}


@pytest.fixture(scope="module")
def inspected() -> Iterator[CloudWorld]:
    """The fabric with Azure Firewalls; tests only read it."""
    with cloud_world() as world:
        world.run(fabric_in_azure(NATIVE))
        yield world


def test_inspection_leads_private_traffic_of_each_hub_through_its_firewall(
    inspected: CloudWorld,
) -> None:
    world = inspected
    for key in (CORE, OTHER):
        firewall = world.made(f"fabric-{key}-inspection-firewall")
        assert firewall["virtualHub"] == {"id": world.made(f"{key}-hub-virtual-hub").id}
        (policy,) = world.made(f"fabric-{key}-inspection-intent")["routingPolicies"]
        assert (policy["destinations"], policy["nextHop"]) == (["PrivateTraffic"], firewall.id)
    # Routing intent chooses the tables of all connections.
    assert not [one for one in world.objects.values() if one.token.endswith("HubRouteTable")]
    for name in ("orders", "books", AWS, GCP):
        assert "routingConfiguration" not in world.made(f"{HUB}-{name}-connection").outputs
    detection = world.made(f"{HUB}-inspection-policy")["intrusionDetection"]
    assert detection["mode"] == "Deny"
    assert {
        (one["sourceAddresses"][0], one["destinationAddresses"][0])
        for one in detection["configuration"]["bypassTrafficSettings"]
    } == {("10.90.0.0/24", "*"), ("*", "10.90.0.0/24")}


def test_the_rules_of_the_firewall_keep_segments_apart_on_every_hub(
    inspected: CloudWorld,
) -> None:
    world = inspected
    found = firewall_rules(world, OTHER)
    assert found == firewall_rules(world, CORE)
    assert set(found) == {"from-gateways", "to-gateways", "to-books", "to-orders", "to-stock"}
    books = found["to-books"]
    assert set(books["sourceAddresses"]) == {"10.90.0.0/24", "10.92.0.0/24"}
    assert (books["ipProtocols"], books["destinationPorts"]) == (["TCP"], ["443"])
    assert "10.65.0.0/16" in found["from-gateways"]["destinationAddresses"]
    assert "10.91.0.0/24" not in found["to-gateways"]["sourceAddresses"]


def test_an_appliance_of_others_inspects_by_its_id() -> None:
    endpoints = {
        key: f"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network"
        f"/networkVirtualAppliances/{key}"
        for key in (CORE, OTHER)
    }
    endpoints[AWS] = "com.amazonaws.vpce.us-east-2.vpce-svc-0123456789abcdef0"
    endpoints[GCP] = "projects/acme/locations/global/interceptEndpointGroups/firewalls"
    inspection = InspectionArgs(InspectionKind.THIRD_PARTY, endpoints)
    with cloud_world() as world:
        world.run(fabric_in_azure(replace(FABRIC, inspection=inspection)))

        assert not [one for one in world.objects.values() if "Firewall" in one.token]
        for key in (CORE, OTHER):
            (policy,) = world.made(f"fabric-{key}-inspection-intent")["routingPolicies"]
            assert policy["nextHop"] == endpoints[key]


def test_tables_of_segments_and_routing_intent_do_not_change_places_in_one_update() -> None:
    """Azure refuses it, because an update deletes last. `FabricRecord` refuses it in a preview."""
    one_hub = [one for one in FABRIC.hubs if one.key == CORE]
    segments = {"ledger": SegmentArgs(gateways=False)}
    spokes = {"books": replace(SPOKES["books"], segment="ledger")}
    closed = recorded(FabricArgs(one_hub, segments=segments, spokes=spokes))
    inspected = replace(closed, inspection=InspectionArgs(InspectionKind.NATIVE))
    open_ledger = replace(closed, segments={"ledger": SegmentArgs()})
    for before, after, said in (
        (closed, inspected, "has the custom route table"),
        (inspected, closed, "has the routing intent"),
    ):
        with cloud_world() as world:
            world.run(fabric_in_azure(before))
            with pytest.raises(Exception, match=said):
                world.run(fabric_in_azure(after))
        with cloud_world() as world:
            world.run(fabric_in_azure(before))
            world.run(fabric_in_azure(open_ledger))
            world.run(fabric_in_azure(after))


def test_a_hub_makes_its_tables_and_connections_one_after_the_other(
    built: tuple[CloudWorld, Any],
) -> None:
    world, _ = built

    tokens_of_hub = ("network:HubRouteTable", "network:HubVirtualNetworkConnection")
    made = [one for token in tokens_of_hub for one in world.of(token) if OTHER not in one.name]
    order = (
        f"{CORE}-spoke-connection",
        f"{HUB}-segment-ledger",
        f"{HUB}-books-connection",
        f"{HUB}-orders-connection",
    )
    made.sort(key=lambda one: order.index(one.name))
    for place, one in enumerate(made):
        assert {earlier.urn for earlier in made[:place]} <= set(one.depends_on), one.name


def test_routing_intent_comes_after_the_connections_of_the_hub(inspected: CloudWorld) -> None:
    found = {one.name: one for one in inspected.resources}
    for name in (f"{CORE}-spoke-connection", f"{HUB}-books-connection"):
        assert found[name].urn in found[f"{HUB}-inspection-intent"].depends_on

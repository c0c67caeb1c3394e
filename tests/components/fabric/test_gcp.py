"""Hubs of a fabric in GCP, created in the simulated cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network
from typing import Any

import pytest

from components.fabric.model import FabricArgs, FabricPlan, GivenSpoke, SegmentArgs
from components.fabric.native.gcp import GcpFabricHub
from components.fabric.native.hub import FabricHubArgs, RegionSide
from components.fabric.plan import fabric_plan
from components.networks.attributes import AwsVpcAttributes
from components.regions import Cloud
from tests.components.fabric.fabrics import hub, prod_args, spoke
from tests.components.fabric.gcp_fabric import connect_gcp, far_end, gcp_hub, ipsec_links, keys_of
from tests.components.fabric.sandbox_program import CloudWorld, cloud_world
from tests.sandbox.clouds.harness import Made

CORE, OTHER = "gcp-us-central1", "gcp-europe-west1"
HUB = f"gw-fabric-{CORE}"
UP = "Tunnel is up and running."


@pytest.fixture
def world() -> Iterator[CloudWorld]:
    with cloud_world() as world:
        yield world


def connected(world: CloudWorld, args: FabricArgs, **more: Any) -> FabricPlan:
    """Plan a fabric, and create its part in GCP."""
    plan = fabric_plan(args)
    world.run(lambda: connect_gcp(plan, **more) and None)
    return plan


def of_type(world: CloudWorld, kind: str) -> dict[str, Made]:
    """The objects of a type, by logical name."""
    return {name: made for (token, name), made in world.objects.items() if token.endswith(kind)}


def current(world: CloudWorld, made: Made) -> Made:
    read = world.providers["gcp"].read(made)
    assert read is not None
    return read


def test_tunnels_to_aws_end_at_four_addresses(world: CloudWorld) -> None:
    plan = connected(world, prod_args())

    external = world.made(f"{HUB}-aws-us-east-2")
    assert external["redundancyType"] == "FOUR_IPS_REDUNDANCY"
    tunnels = [world.made(f"{HUB}-aws-us-east-2-tunnel-{key}") for key in range(4)]
    assert [one["peerIp"] for one in tunnels] == [f"20.7.7.{end}" for end in (1, 2, 3, 4)]
    assert [one["vpnGatewayInterface"] for one in tunnels] == [0, 0, 1, 1]
    for tunnel in plan.links[f"aws-us-east-2-{CORE}"].tunnels:
        interface = world.made(f"{HUB}-aws-us-east-2-interface-{tunnel.key}")
        peer = world.made(f"{HUB}-aws-us-east-2-peer-{tunnel.key}")
        # AWS is the near end, and has the first host.
        assert interface["ipRange"] == f"{tunnel.far}/30"
        assert peer["peerIpAddress"] == str(tunnel.near)
        assert peer["peerAsn"] == plan.hubs["aws-us-east-2"].asn


def test_tunnels_to_azure_end_at_two_addresses(world: CloudWorld) -> None:
    connected(world, prod_args())

    external = world.made(f"{HUB}-azure-eastus2")
    assert external["redundancyType"] == "TWO_IPS_REDUNDANCY"
    tunnels = [world.made(f"{HUB}-azure-eastus2-tunnel-{key}") for key in range(2)]
    assert [one["peerIp"] for one in tunnels] == ["20.7.7.101", "20.7.7.102"]
    assert [one["vpnGatewayInterface"] for one in tunnels] == [0, 1]


def test_both_ends_of_tunnels_within_gcp_are_up(world: CloudWorld) -> None:
    connected(world, prod_args())

    names = [f"{HUB}-{OTHER}-tunnel-{key}" for key in range(2)]
    names += [f"gw-fabric-{OTHER}-{CORE}-tunnel-{key}" for key in range(2)]
    names += [f"{HUB}-ledger-tunnel-{key}" for key in range(2)]
    names += [f"{HUB}-ledger-{CORE}-tunnel-{key}" for key in range(2)]
    assert {current(world, world.made(name))["detailedStatus"] for name in names} == {UP}
    for name in names:
        interface = world.made(name.replace("-tunnel-", "-interface-"))
        peer = world.made(name.replace("-tunnel-", "-peer-"))
        own = IPv4Interface(interface["ipRange"])
        assert {str(own.ip), peer["peerIpAddress"]} == {str(host) for host in own.network.hosts()}


def test_the_router_announces_what_the_plan_says(world: CloudWorld) -> None:
    plan = connected(world, prod_args())

    bgp = world.made(f"{HUB}-router")["bgp"]
    assert bgp["asn"] == plan.hubs[CORE].asn
    assert bgp["advertiseMode"] == "CUSTOM"
    said = [one["range"] for one in bgp["advertisedIpRanges"]]
    ledger = plan.spokes["ledger"].cidr
    # The spoke announces its own block, and would learn it from the hub too.
    assert said == [str(block) for block in plan.hubs[CORE].advertised if block != ledger]
    assert ledger in plan.hubs[CORE].advertised
    of_spoke = world.made(f"{HUB}-ledger-router")["bgp"]
    assert [one["range"] for one in of_spoke["advertisedIpRanges"]] == [str(ledger)]


def test_each_router_has_bgp_identifiers_of_its_own_where_no_session_is(world: CloudWorld) -> None:
    connected(world, prod_args())

    routers = of_type(world, "router:Router").values()
    ranges = [IPv4Network(one["bgp"]["identifierRange"]) for one in routers]
    assert len(set(ranges)) == len(routers) == 3
    sessions = [
        IPv4Interface(one["ipRange"]).network
        for one in of_type(world, "routerInterface:RouterInterface").values()
    ]
    assert not any(one.overlaps(other) for one in ranges for other in sessions)


def test_a_hub_with_several_links_transfers_between_them(world: CloudWorld) -> None:
    connected(world, prod_args())

    transfers = of_type(world, "spoke:Spoke")
    # The other hub has one link, to the core.
    assert set(transfers) == {
        f"{HUB}-{far}-transfer" for far in ("aws-us-east-2", "azure-eastus2", OTHER, "ledger")
    }
    counts = {name: len(one["linkedVpnTunnels"]["uris"]) for name, one in transfers.items()}
    assert sorted(counts.values()) == [2, 2, 2, 4]
    for one in transfers.values():
        assert one["linkedVpnTunnels"]["siteToSiteDataTransfer"] is True
        assert one["location"] == "us-central1"
    # Google changes what the sessions announce, so they exist before.
    made = [one.name for one in world.resources]
    assert made.index(f"{HUB}-ledger-transfer") > made.index(f"{HUB}-ledger-peer-1")


def test_gateways_of_other_regions_are_let_in_to_the_landing(world: CloudWorld) -> None:
    plan = connected(world, prod_args())

    rule = world.made(f"{HUB}-from-remote-gateways")
    blocks = [str(block) for block in plan.hubs[CORE].remote_gateways]
    assert sorted(rule["sourceRanges"]) == sorted(blocks)
    assert rule["allows"] == [{"protocol": "tcp", "ports": ["443"]}]
    assert rule["network"].endswith(f"/gw-{CORE}")


def test_an_isolated_gateway_is_not_let_in_anywhere(world: CloudWorld) -> None:
    args = prod_args()
    away = [replace(one, isolated=one.key == OTHER) for one in args.hubs]
    connected(world, replace(args, hubs=away))

    block = str(next(one.gateway for one in args.hubs if one.key == OTHER))
    rules = of_type(world, "firewall:Firewall").values()
    assert len(rules) == 3
    for rule in rules:
        assert block not in rule["sourceRanges"]
    announced = world.made(f"gw-fabric-{OTHER}-router")["bgp"]["advertisedIpRanges"]
    assert block not in [one["range"] for one in announced]


def test_a_spoke_lets_in_whom_its_segment_allows(world: CloudWorld) -> None:
    plan = connected(world, prod_args())

    rule = world.made(f"{HUB}-ledger-allowed")
    assert sorted(rule["sourceRanges"]) == sorted(map(str, plan.spokes["ledger"].allowed))
    assert rule["network"].endswith(f"/{HUB}-ledger-vpc")
    (subnet,) = (
        one for name, one in of_type(world, "Subnetwork").items() if name.startswith(f"{HUB}-led")
    )
    assert subnet["ipCidrRange"] == str(next(plan.spokes["ledger"].cidr.subnets()))


def test_a_given_spoke_keeps_its_network(world: CloudWorld) -> None:
    project = "projects/acme-gateway-emea"
    network = world.providers["gcp"].create(
        "gcp:compute/network:Network",
        name="theirs",
        project="acme-gateway-emea",
        autoCreateSubnetworks=False,
    )
    args = prod_args()
    given = replace(args.spokes["ledger"], given=GivenSpoke(network.id))
    connected(world, replace(args, spokes={**args.spokes, "ledger": given}))

    assert network.id == f"{project}/global/networks/theirs"
    for name in ("vpn", "router", "allowed"):
        made = world.made(f"{HUB}-ledger-{name}")
        assert made.id.startswith(project)
        assert made["network"].endswith("/theirs")
    assert not [name for name in of_type(world, "network:Network") if "ledger" in name]
    states = {
        current(world, one)["detailedStatus"]
        for name, one in of_type(world, "VPNTunnel").items()
        if "ledger" in name
    }
    assert states == {UP}


def test_the_same_program_again_changes_nothing(world: CloudWorld) -> None:
    connected(world, prod_args())
    connected(world, prod_args())

    assert world.changes == []


def test_growth_creates_and_updates_in_place(world: CloudWorld) -> None:
    args = prod_args()
    before = connected(world, args)
    grown = replace(
        args,
        hubs=[*args.hubs, hub(Cloud.GCP, 2), hub(Cloud.AWS, 2)],
        segments={**args.segments, "audit": SegmentArgs(connected=frozenset({"billing"}))},
        # The hub in Europe had one link only.
        spokes={**args.spokes, "tax": spoke(Cloud.GCP, 1, "audit")},
        numbers=before.numbers,
    )
    connected(world, grown)

    assert {operation for operation, _ in world.changes} == {"create", "update"}
    assert {f"gw-fabric-{OTHER}-{far}-transfer" for far in (CORE, "tax")} <= world.names("create")
    assert world.names("update") == {
        f"{HUB}-from-remote-gateways",
        f"{HUB}-ledger-allowed",
        f"gw-fabric-{OTHER}-from-remote-gateways",
    }


def test_everything_can_be_deleted_from_last_to_first(world: CloudWorld) -> None:
    connected(world, prod_args())
    world.run(lambda: None)

    assert world.objects == {}


def test_a_hub_without_links_has_no_vpn(world: CloudWorld) -> None:
    args = prod_args()
    alone = replace(args, hubs=[hub(Cloud.GCP, 0)], spokes={}, segments={}, summaries={})
    plan = connected(world, alone)

    assert not of_type(world, "HaVpnGateway")
    link = ipsec_links(fabric_plan(args), CORE)[0]

    def connect() -> None:
        made = gcp_hub(plan, plan.hubs[CORE])
        assert made.addresses == ()
        with pytest.raises(ValueError, match=f"hub {CORE}: has no VPN gateway for link {link.key}"):
            made.connect(link, far_end(link, "aws-us-east-2", 64600, None), keys_of(link))

    world.run(connect)


def test_names_fit_into_what_gcp_takes(world: CloudWorld) -> None:
    connected(world, prod_args(), name="a-very-long-name-of-an-environment")

    names = [made["name"] for made in world.objects.values() if "name" in made.outputs]
    assert max(map(len, names)) == 63


def test_gateways_and_networks_are_protected_if_asked(world: CloudWorld) -> None:
    connected(world, prod_args(), protect=True)

    protected = {one.name for one in world.resources if one.protect}
    assert protected >= {f"{HUB}-vpn", f"{HUB}-ledger-vpn", f"{HUB}-ledger-vpc-network"}


def test_a_landing_of_another_cloud_is_refused(world: CloudWorld) -> None:
    plan = fabric_plan(prod_args()).hubs[CORE]
    args = FabricHubArgs(plan, RegionSide(AwsVpcAttributes("vpc-1", {})))

    def make() -> None:
        with pytest.raises(TypeError, match="its landing is not a VPC network of GCP"):
            GcpFabricHub("gw", args)

    world.run(make)

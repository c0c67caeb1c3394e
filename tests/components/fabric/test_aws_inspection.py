"""Inspection at the hub of a fabric in AWS, built in the simulated cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from components.fabric.errors import FabricError
from components.fabric.model import FabricArgs, InspectionArgs, InspectionKind
from components.fabric.plan import fabric_plan
from components.regions import Cloud
from tests.components.fabric.aws_hubs import (
    FAR,
    GCP,
    NEAR,
    associated,
    blocks,
    fabric_in_aws,
    objects,
    propagated,
    routes,
)
from tests.components.fabric.fabrics import hub, prod_args, spoke
from tests.components.fabric.sandbox_program import CloudWorld, cloud_world
from tests.sandbox.clouds import tokens

BYPASS = hub(Cloud.AZURE, 1).landing
FIREWALL = f"fabric-{NEAR}-inspection-firewall"
OWN = hub(Cloud.AWS, 0)
SHOP = spoke(Cloud.AWS, 0, "shop").cidr
VPNS = {f"fabric-{NEAR}-{GCP}-vpn-{interface}" for interface in (0, 1)}
OVER = f"fabric-{NEAR}-{FAR}-peering"
TABLES = (f"{NEAR}-hub-gateways", f"{NEAR}-hub-spokes", f"fabric-{NEAR}-segment-shop")
SERVICE = "com.amazonaws.vpce.{region}.vpce-svc-0123456789abcdef0"
ENDPOINTS = {
    Cloud.AWS: SERVICE,
    Cloud.AZURE: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network"
    "/networkVirtualAppliances/{region}",
    Cloud.GCP: "projects/acme/locations/global/interceptEndpointGroups/{region}",
}


def inspected(*bypass: IPv4Network) -> FabricArgs:
    """The fabric with Network Firewalls in AWS."""
    return replace(prod_args(), inspection=InspectionArgs(InspectionKind.NATIVE, bypass=bypass))


def third_party(**changes: object) -> FabricArgs:
    """The fabric with firewalls of others at every hub."""
    args = prod_args()
    endpoints = {one.key: ENDPOINTS[one.cloud].format(region=one.region) for one in args.hubs}
    inspection = InspectionArgs(InspectionKind.THIRD_PARTY, endpoints)
    return replace(args, inspection=replace(inspection, **changes))


def halves(*networks: IPv4Network) -> set[str]:
    """The two halves of each block."""
    return {str(half) for network in networks for half in network.subnets()}


def inspected_by(world: CloudWorld, table: str, firewall: str) -> set[str]:
    """The blocks that a table leads to a firewall. All others are dropped."""
    found = routes(world, table)
    assert set(found.values()) <= {firewall, "nothing"}
    return {block for block, to in found.items() if to == firewall}


@pytest.fixture
def world() -> Iterator[CloudWorld]:
    with cloud_world() as made:
        yield made


def test_switching_inspection_on_and_off_touches_routes_and_propagations_only(
    world: CloudWorld,
) -> None:
    world.run(fabric_in_aws(prod_args()))
    before = set(world.objects)
    world.run(fabric_in_aws(inspected()))
    routing = {tokens.TGW_PREFIX_LIST, tokens.TGW_PROPAGATION}
    assert {token for token, _ in before - set(world.objects)} == routing
    assert not world.names("replace")
    assert not world.names("update")
    operations = [done for done, _ in world.changes]
    assert "create" not in operations[operations.index("delete") :]
    world.run(fabric_in_aws(prod_args()))
    assert set(world.objects) == before


def test_every_table_leads_to_the_firewall_and_its_own_table_leads_on(
    world: CloudWorld,
) -> None:
    world.run(fabric_in_aws(inspected(BYPASS)))
    plan = fabric_plan(inspected())
    after = f"fabric-{NEAR}-inspected"
    local = {f"{NEAR}-kong", f"{NEAR}-landing", f"fabric-{NEAR}-spoke-shop"}
    assert associated(world, after) == {FIREWALL}
    assert propagated(world, after) == {*VPNS, *local}
    assert set(routes(world, after).values()) == {OVER}
    gateways, landing, shop = (inspected_by(world, table, FIREWALL) for table in TABLES)
    near = plan.hubs[NEAR]
    assert gateways == halves(OWN.landing, *near.gateway_reach)
    assert landing == halves(*near.remote_gateways, OWN.gateway)
    assert shop == halves(*plan.spokes["shop"].routes)
    transit = routes(world, f"fabric-{NEAR}-transit")
    here = halves(OWN.gateway, OWN.landing, SHOP)
    assert {prefix for prefix, to in transit.items() if to == FIREWALL} == here
    assert {to for prefix, to in transit.items() if prefix not in here} == {OVER}
    assert propagated(world, f"fabric-{NEAR}-transit") == VPNS
    # What a link itself propagates stays. A longer route to the firewall goes before it.
    assert propagated(world, TABLES[0]) == {f"{NEAR}-landing"}
    assert propagated(world, TABLES[1]) == {f"{NEAR}-kong"}
    (rules,) = (
        made["ruleGroup"]["rulesSource"]["statelessRulesAndCustomActions"]["statelessRules"]
        for made in objects(world, tokens.NETWORK_FIREWALL_RULES)
        if made["region"] == "us-east-2"
    )
    assert {rule["ruleDefinition"]["actions"][0] for rule in rules} == {"aws:pass"}
    matched = [rule["ruleDefinition"]["matchAttributes"] for rule in rules]
    block = [{"addressDefinition": str(BYPASS)}]
    assert [match["sources"] == block for match in matched] == [True, False]
    assert [match["destinations"] == block for match in matched] == [False, True]
    world.run(lambda: None)
    assert world.objects == {}


def test_a_gateway_is_isolated_while_its_packets_are_inspected(world: CloudWorld) -> None:
    args = inspected()
    world.run(fabric_in_aws(args))
    hubs = [replace(one, isolated=one.key == NEAR) for one in args.hubs]
    world.run(fabric_in_aws(replace(args, hubs=hubs)))
    for table in ("transit", "segment-shop", "inspected"):
        assert routes(world, f"fabric-{NEAR}-{table}")[str(OWN.gateway)] == "nothing"
    assert routes(world, TABLES[1]).keys().isdisjoint(blocks(*OWN.gateway.subnets()))


def test_a_spoke_more_is_creates_and_another_rule_of_the_firewall(world: CloudWorld) -> None:
    args = inspected()
    world.run(fabric_in_aws(args))
    spokes = {**args.spokes, "second": spoke(Cloud.AWS, 0, "shop", 1)}
    more = replace(args, spokes=spokes, numbers=fabric_plan(args).numbers)
    world.run(fabric_in_aws(more))
    assert {done for done, _ in world.changes} == {"create", "update"}
    lists = {made.name for made in objects(world, tokens.PREFIX_LIST)}
    assert world.names("update") - lists == {f"fabric-{NEAR}-inspection-policy"}


def test_firewalls_of_others_are_behind_an_endpoint_in_each_zone(world: CloudWorld) -> None:
    world.run(fabric_in_aws(third_party()))
    name = f"fabric-{NEAR}-inspection"
    attachment = world.made(f"{name}-attachment")
    assert attachment["applianceModeSupport"] == "enable"
    assert associated(world, f"fabric-{NEAR}-inspected") == {name}
    assert all(inspected_by(world, table, name) for table in TABLES)
    zones = [f"use2-az{number}" for number in (1, 2)]
    for zone in zones:
        endpoint = world.made(f"{name}-{zone}-endpoint")
        assert endpoint["serviceName"] == SERVICE.format(region="us-east-2")
        assert endpoint["subnetIds"] == [world.made(f"{name}-{zone}").id]
        (route,) = (
            made
            for made in objects(world, tokens.ROUTE)
            if made.name == f"{name}-{zone}-to-firewalls"
        )
        assert (route["destinationCidrBlock"], route["vpcEndpointId"]) == (
            "0.0.0.0/0",
            endpoint.id,
        )
    subnets = {world.made(f"{name}-{zone}-transit").id for zone in zones}
    assert set(attachment["subnetIds"]) == subnets
    world.run(lambda: None)
    assert world.objects == {}


def test_firewalls_of_others_take_no_bypass_and_no_block_of_the_fabric() -> None:
    with pytest.raises(FabricError, match=r"inspection\.bypass: is set.*at aws-us-east-2"):
        fabric_plan(third_party(bypass=[BYPASS]))
    args = replace(third_party(), summaries={})
    hubs = [one for one in args.hubs if one.cloud is not Cloud.AZURE]
    landing = replace(hubs[0], landing=IPv4Network("100.64.0.0/18"))
    refused = r'landing: "100\.64\.0\.0/18" overlaps 100\.64\.0\.0/22, the network that leads to'
    with pytest.raises(FabricError, match=refused):
        fabric_plan(replace(args, hubs=[landing, *hubs[1:]]))

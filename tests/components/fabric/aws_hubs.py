"""Hubs of a fabric in AWS for tests: programs that build them, and what their tables have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pulumi_aws as aws

from components.fabric.model import FabricArgs, FabricLinkKind, FabricPlan, LinkPlan
from components.fabric.native.aws import AwsFabricHub
from components.fabric.native.hub import FabricHubArgs, FarEnd, RegionSide
from components.fabric.plan import fabric_plan
from components.networks.aws import AwsVpc, AwsVpcArgs
from components.networks.aws_hub import (
    AwsHubSpoke,
    AwsHubSpokeArgs,
    AwsTransitHub,
    AwsTransitHubArgs,
)
from components.regions import Cloud
from tests.components.fabric.sandbox_program import CloudWorld
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made

NEAR, FAR, GCP = "aws-us-east-2", "aws-eu-west-1", "gcp-us-central1"


def region_side(plan: FabricPlan, key: str) -> RegionSide:
    """A landing on a Transit Gateway, and a VPC in the place of the gateway's network."""
    of, zones = plan.hubs[key], plan.hubs[key].zones[:2]
    transit = AwsTransitHub(f"{key}-hub", AwsTransitHubArgs(of.region, asn=of.asn))
    tables = (transit.gateway_route_table_id, transit.spoke_route_table_id)
    landing = AwsVpc(key, AwsVpcArgs(of.region, of.landing, zones))
    kong = AwsVpc(f"{key}-kong", AwsVpcArgs(of.region, of.gateway, zones))
    attached = {
        name: AwsHubSpoke(
            f"{key}-{name}",
            AwsHubSpokeArgs(
                of.region,
                vpc.vpc_id,
                list(vpc.transit_subnet_ids.values()),
                transit.transit_gateway_id,
                *in_tables,
            ),
        )
        for name, vpc, in_tables in (
            ("landing", landing, tables),
            ("kong", kong, tables[::-1]),
        )
    }
    group = aws.ec2.SecurityGroup(
        f"{key}-from-gateway", region=of.region, vpc_id=landing.vpc_id, description="From Kong"
    )
    return RegionSide(
        network=landing.attributes,
        hub=transit.with_spoke(attached["landing"]),
        security_group_id=group.id,
        gateway_attachment_id=attached["kong"].vpc_attachment_id,
    )


def fabric_in_aws(args: FabricArgs) -> Callable[[], Any]:
    """A program with the hubs in AWS of a fabric, their peerings, and their VPNs to Google.

    It returns the public addresses of the tunnels of the core.
    """

    def program() -> Any:
        plan = fabric_plan(args)
        hubs = {
            key: AwsFabricHub(f"fabric-{key}", _hub_args(plan, key))
            for key, of in plan.hubs.items()
            if of.cloud is Cloud.AWS
        }
        for link in plan.links.values():
            if link.kind is FabricLinkKind.TRANSIT_GATEWAY_PEERING:
                hubs[link.near].peer(link, hubs[link.far])
        addresses = {
            link.near: _connect(plan, link, hubs[link.near])
            for link in plan.links.values()
            if link.near in hubs and link.far.startswith("gcp-")
        }
        for hub in hubs.values():
            hub.lead()
        return pulumi.Output.all(*addresses[NEAR])

    return program


def _connect(plan: FabricPlan, link: LinkPlan, near: AwsFabricHub) -> Sequence[pulumi.Output[str]]:
    keys = {tunnel.key: f"key.of.tunnel.{tunnel.key}" for tunnel in link.tunnels}
    addresses = ["198.51.100.1"] * 2 + ["198.51.100.2"] * 2
    return near.connect(link, FarEnd(link.far, plan.hubs[link.far].asn, addresses), keys)


def _hub_args(plan: FabricPlan, key: str) -> FabricHubArgs:
    of = replace(plan.hubs[key], zones=plan.hubs[key].zones[:2])
    return FabricHubArgs(
        plan=of,
        side=region_side(plan, key),
        spokes={name: plan.spokes[name] for name in of.spokes},
        segments=plan.segments,
        inspection=plan.inspection,
        tags={"team": "network"},
    )


def blocks(*networks: IPv4Network) -> set[str]:
    """Blocks as text."""
    return {str(network) for network in networks}


def objects(world: CloudWorld, token: str) -> list[Made]:
    """The objects of a type."""
    return [made for (type_, _), made in world.objects.items() if type_ == token]


def _attachments(world: CloudWorld) -> Mapping[str, str]:
    """The id of each attachment -> the name of what is attached."""
    names = {
        made.id: name.removesuffix("-attachment")
        for (token, name), made in world.objects.items()
        if token in (tokens.TGW_ATTACHMENT, tokens.TGW_PEERING)
    }
    for made in objects(world, tokens.VPN_CONNECTION):
        names[made["transitGatewayAttachmentId"]] = made.name
    for made in objects(world, tokens.NETWORK_FIREWALL):
        (status,) = made["firewallStatuses"]
        (state,) = status["transitGatewayAttachmentSyncStates"]
        names[state["attachmentId"]] = made.name
    return names


def routes(world: CloudWorld, table: str) -> dict[str, str]:
    """What a table leads to what, or to ``nothing``: by static routes and by prefix lists."""
    id_, names = world.made(table).id, _attachments(world)
    found: dict[str, str] = {}
    for token in (tokens.TGW_PREFIX_LIST, tokens.TGW_ROUTE):
        for made in objects(world, token):
            if made["transitGatewayRouteTableId"] == id_:
                target = names.get(made.outputs.get("transitGatewayAttachmentId", ""), "nothing")
                prefixes = destinations(world, made)
                assert found.keys().isdisjoint(prefixes), f"{table} has a prefix twice"
                found |= dict.fromkeys(prefixes, target)
    return found


def destinations(world: CloudWorld, made: Made) -> list[str]:
    """The blocks of a route, a rule or a reference: of its prefix list, or its own."""
    for name in ("prefixListId", "destinationPrefixListId"):
        if name in made.outputs:
            (listed,) = (one for one in objects(world, tokens.PREFIX_LIST) if one.id == made[name])
            return [entry["cidr"] for entry in listed["entries"]]
    name = "cidrIpv4" if "cidrIpv4" in made.outputs else "destinationCidrBlock"
    return [made[name]]


def routed(world: CloudWorld, table: str) -> set[str]:
    """The blocks that the route table of a VPC leads somewhere, by the name of the table."""
    id_ = world.made(table).id
    return {
        block
        for made in objects(world, tokens.ROUTE)
        if made["routeTableId"] == id_
        for block in destinations(world, made)
    }


def let_in(world: CloudWorld, group: str) -> set[tuple[str, int, int]]:
    """The blocks that a security group lets in, with ports, by the name of the group."""
    id_ = world.made(group).id
    return {
        (block, made["fromPort"], made["toPort"])
        for made in objects(world, tokens.INGRESS_RULE)
        if made["securityGroupId"] == id_
        for block in destinations(world, made)
    }


def associated(world: CloudWorld, table: str) -> set[str]:
    """The names of what is associated with a table."""
    return _joined(world, tokens.TGW_ASSOCIATION, table)


def propagated(world: CloudWorld, table: str) -> set[str]:
    """The names of what propagates to a table."""
    return _joined(world, tokens.TGW_PROPAGATION, table)


def _joined(world: CloudWorld, token: str, table: str) -> set[str]:
    id_, names = world.made(table).id, _attachments(world)
    return {
        names[made["transitGatewayAttachmentId"]]
        for made in objects(world, token)
        if made["transitGatewayRouteTableId"] == id_
    }

"""CIDR blocks: their size, overlaps, and the capacity of your subnets."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any, Final

from components.addressing import dcgw_advice
from components.addressing.gateway_networks import dcgw_faults, dcgw_remedy
from components.regions import Cloud
from tools.readiness.checks.blocks import blocks
from tools.readiness.facts import Facts, title
from tools.readiness.resources import Resource
from tools.readiness.verdict import Item, Seen, failed, judged, manual, passed

AWS_VPC: Final = "aws:ec2/vpc:Vpc"
AWS_VPC_BLOCK: Final = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
AZURE_VNET: Final = "azure-native:network:VirtualNetwork"
GCP_SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
AWS_SUBNET: Final = "aws:ec2/subnet:Subnet"
AZURE_SUBNET: Final = "azure-native:network:Subnet"
RESERVED: Final = {"aws": 5, "azure": 5, "gcp": 4}
"""Addresses of each subnet that a cloud keeps for itself."""
_SECTION: Final = "CIDR blocks"
_ANCHOR: Final = "cidr-size-requirements"


def _size(facts: Facts) -> Iterator[Seen]:
    for network in facts.live.networks:
        zones = len(network.body.get("availability_zones") or ())
        cidr, cloud = IPv4Network(network.cidr), Cloud(network.cloud)
        faults = dcgw_faults(cloud, cidr, zones)
        advice = dcgw_advice(cidr, zones)
        subject = f"{network.region}: gateway network {cidr}"
        if faults:
            yield failed(subject, "; ".join(faults), f"{dcgw_remedy(cloud)}; needs a new network")
        else:
            value = f"is accepted for {zones} zones"
            yield passed(subject, f"{value}; {advice}" if advice else value)


def _overlaps(facts: Facts) -> Iterator[Seen]:
    claims = list(_claims(facts))
    for network in facts.live.networks:
        cidr = IPv4Network(network.cidr)
        subject = f"{network.region}: gateway network {cidr}"
        others = [one for one in claims if one[0] != f"gateway network of {network.region}"]
        met = [f"{owner} {other}" for owner, other in others if cidr.overlaps(other)]
        remedy = "give one of them another block; a gateway network's block can never change"
        if met:
            yield failed(subject, f"overlaps {', '.join(met)}", remedy)
        else:
            yield passed(subject, f"overlaps none of {len(others)} other blocks")


def _claims(facts: Facts) -> Iterator[tuple[str, IPv4Network]]:
    """(owner, block) of all networks that can be routed to each other."""
    for network in facts.live.networks:
        yield f"gateway network of {network.region}", IPv4Network(network.cidr)
        landing: dict[str, Any] = facts.region(network.region).get("landing") or {}
        for one in blocks([landing.get("cidr")]):
            yield f"landing of {network.region}", one
        for attachment in network.attachments:
            for one in blocks(attachment.get("cidr_blocks") or ()):
                yield f"attachment {title(attachment)}", one
    for resource in facts.resources.of(AWS_VPC, AWS_VPC_BLOCK, AZURE_VNET, GCP_SUBNETWORK):
        for one in blocks(_blocks_of(resource)):
            yield resource.name, one


def _blocks_of(resource: Resource) -> Iterator[object]:
    props = resource.props
    yield props.get("cidrBlock")
    yield props.get("ipCidrRange")
    yield from (props.get("addressSpace") or {}).get("addressPrefixes") or ()


def _capacity(facts: Facts, cloud: str) -> Iterator[Seen]:
    type_ = {"aws": AWS_SUBNET, "azure": AZURE_SUBNET, "gcp": GCP_SUBNETWORK}[cloud]
    for subnet in facts.resources.of(type_):
        for cidr in blocks(_subnet_blocks(subnet)):
            usable = cidr.num_addresses - RESERVED[cloud]
            look = "look at its free addresses in the cloud's console, at your peak"
            yield manual(f"subnet {subnet.name}", f"{cidr} has {usable} addresses", look)


def _subnet_blocks(subnet: Resource) -> Iterator[object]:
    props = subnet.props
    yield from (props.get(key) for key in ("cidrBlock", "addressPrefix", "ipCidrRange"))
    yield from props.get("addressPrefixes") or ()


def _capacity_item(cloud: str, section: str) -> Item:
    return Item(
        f"{cloud}-subnet-capacity",
        section,
        "Your subnets have enough free addresses for the peak",
        "By hand: the state has the sizes of subnets; the cloud shows how many addresses are free.",
        lambda facts: _capacity(facts, cloud),
        cloud,
    )


def _declared_only(facts: Facts) -> Iterator[Seen]:
    """The blocks that Konnect routes to each attachment against those that the stack declares."""
    declared = {
        one.id: set(map(str, one.inputs.get("cidr_blocks") or ()))
        for one in facts.resources.of("pulumi-python:dynamic/konnect:CloudGatewayTransitGateway")
    }
    for network in facts.live.networks:
        for one in network.attachments:
            routed = set(map(str, one.get("cidr_blocks") or ()))
            if not routed:
                continue
            subject = f"{network.region}: attachment {title(one)}"
            wide = [str(cidr) for cidr in blocks(routed) if cidr.prefixlen < _WIDEST]
            if wide:
                remedy = "list the blocks of your load balancers instead"
                yield failed(subject, f"routes {', '.join(wide)}: wider than a /{_WIDEST}", remedy)
                continue
            extra = sorted(routed - declared.get(str(one["id"]), set()))
            value = f"routes {', '.join(sorted(routed))}"
            if str(one["id"]) not in declared:
                yield manual(subject, value, "another stack owns it: compare it with that stack")
            else:
                value += f"; not declared: {', '.join(extra)}" if extra else ", as declared"
                yield judged(
                    not extra, subject, value, "run `make up`, which sets the declared blocks"
                )


_WIDEST: Final = 9
"""The shortest prefix of a block that an attachment should route."""

EGRESS: Final = Item(
    "egress-limits",
    "Securing upstreams",
    "The gateway reaches only the networks that it has to",
    "Konnect routes only the blocks that the stack declares, none wider than a /9. Whether each "
    "is needed, and leads to load balancers only, is yours to decide.",
    _declared_only,
    "securing-dedicated-cloud-gateway-upstreams",
)

SUBNET_CAPACITY: Final = {
    cloud: _capacity_item(cloud, section)
    for cloud, section in (("aws", "AWS"), ("azure", "Azure"), ("gcp", "GCP"))
}

ITEMS: Final = (
    Item(
        "cidr-size",
        _SECTION,
        "Gateway networks are large enough",
        "Each block follows Kong's rules: prefix length, private range, zones, reserved blocks.",
        _size,
        _ANCHOR,
    ),
    Item(
        "cidr-overlap",
        _SECTION,
        "Gateway networks overlap no other network",
        "Each gateway block is compared with all other gateway networks, landings, networks of the "
        "stack and blocks behind attachments.",
        _overlaps,
        _ANCHOR,
    ),
)

"""What is wrong with the firewalls of a fabric as they are declared: all problems at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Final

from components.fabric.blocks import blocks_of, owner_of
from components.fabric.model import (
    AWS_ENDPOINTS,
    FabricArgs,
    FabricDriver,
    HubArgs,
    InspectionKind,
)
from components.problems import Path, Problem, nearest
from components.regions import Cloud

_ENDPOINTS: Final[Mapping[Cloud, tuple[str, str, str]]] = {
    Cloud.AWS: (
        r"com\.amazonaws\.vpce\.{region}\.vpce-svc-[0-9a-f]{{8,17}}",
        "the name of an endpoint service in {region}, where the hub is",
        "com.amazonaws.vpce.{region}.vpce-svc-0123456789abcdef0",
    ),
    Cloud.AZURE: (
        r"(?i)/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network/"
        r"networkVirtualAppliances/[^/]+",
        "the resource id of a network virtual appliance",
        "/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.Network/"
        "networkVirtualAppliances/<name>",
    ),
    Cloud.GCP: (
        r"projects/[^/]+/locations/global/interceptEndpointGroups/[^/]+",
        "the id of an intercept endpoint group",
        "projects/<project>/locations/global/interceptEndpointGroups/<name>",
    ),
}
"""By cloud: the form of the endpoint of others' firewalls, what it is, and an example.

Sources: AWS, "Gateway Load Balancer endpoints"; Microsoft, REST reference of routing intent;
Google, REST reference of intercept endpoint groups."""

_PRIVATE: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""What routing intent takes as private traffic (RFC 1918). Source: Microsoft, "How to configure
Virtual WAN Hub routing intent and routing policies"."""

_MOST_BYPASS: Final = 500
"""AWS: half the capacity of the group of bypass rules, because a block takes 2 of it."""


def inspection_problems(args: FabricArgs) -> Iterator[Problem]:
    """Every reason why the firewalls of a fabric cannot be built."""
    yield from _endpoint_problems(args)
    yield from _bypass_problems(args)
    if args.inspection.kind is not InspectionKind.NONE and args.driver is FabricDriver.NATIVE:
        yield from _two_ways_problems(args)
        yield from _public_block_problems(args)
        yield from _firewall_network_problems(args)


def _endpoint_problems(args: FabricArgs) -> Iterator[Problem]:
    """Endpoints of others' firewalls: one at each hub, in the form of its cloud."""
    hubs, inspection = {hub.key: hub for hub in args.hubs}, args.inspection
    third_party = inspection.kind is InspectionKind.THIRD_PARTY
    for key in hubs if third_party else ():
        if key not in inspection.endpoints:
            wrong = f"has none for {key}, and third-party firewalls inspect at every hub"
            yield Problem(("inspection", "endpoints"), wrong, f"add {key}: and its endpoint")
    for key, endpoint in inspection.endpoints.items():
        path = ("inspection", "endpoints", key)
        if not third_party:
            wrong = f"is not used: inspection.kind is {inspection.kind.value}"
            yield Problem(path, wrong, "write kind: third-party, or delete it", endpoint)
        elif key not in hubs:
            yield Problem(path, "is for a hub that is not declared", nearest(key, hubs), endpoint)
        else:
            yield from _form_problems(path, hubs[key], endpoint)


def _form_problems(path: Path, hub: HubArgs, endpoint: str) -> Iterator[Problem]:
    form, noun, example = (text.format(region=hub.region) for text in _ENDPOINTS[hub.cloud])
    if not re.fullmatch(form, endpoint):
        yield Problem(path, f"is not {noun}", f"write for example {example}", endpoint)


def _bypass_problems(args: FabricArgs) -> Iterator[Problem]:
    """Blocks that are not inspected: where firewalls can leave them out, and each once."""
    inspection = args.inspection
    if inspection.kind is InspectionKind.NONE:
        if inspection.bypass:
            wrong = "is not used: inspection.kind is none"
            yield Problem(("inspection", "bypass"), wrong, "write another kind, or delete it")
        return
    if inspection.kind is InspectionKind.THIRD_PARTY and args.driver is FabricDriver.NATIVE:
        yield from _bypass_of_others(args)
    if len(inspection.bypass) > _MOST_BYPASS and any(hub.cloud is Cloud.AWS for hub in args.hubs):
        wrong = f"has {len(inspection.bypass)} blocks, and firewalls in aws take {_MOST_BYPASS}"
        yield Problem(("inspection", "bypass"), wrong, "write fewer and larger blocks")
    known = [block for _, block, _ in blocks_of(args)]
    for place, block in enumerate(inspection.bypass):
        path = ("inspection", "bypass", place)
        if not any(map(block.overlaps, known)):
            wrong = "has no address of a gateway, landing or spoke of this fabric"
            yield Problem(path, wrong, "delete it", str(block))
        for other, wider in enumerate(inspection.bypass):
            if block.subnet_of(wider) and (wider != block or other < place):
                wrong = f"is in bypass[{other}] already"
                yield Problem(path, wrong, "delete it", str(block))
                break


def _bypass_of_others(args: FabricArgs) -> Iterator[Problem]:
    """Clouds that lead all packets to others' firewalls, or one direction of a connection."""
    why = {
        Cloud.AWS: "a Transit Gateway routes by destination only, so one direction would still be "
        "inspected",
        Cloud.AZURE: "routing intent leaves no block out",
    }
    first = next((hub for hub in args.hubs if hub.cloud in why), None)
    if args.inspection.bypass and first is not None:
        wrong = f"is set, and firewalls of others inspect at {first.key}: {why[first.cloud]}"
        remedy = "delete it, and let the firewalls pass these blocks"
        yield Problem(("inspection", "bypass"), wrong, remedy)


def _two_ways_problems(args: FabricArgs) -> Iterator[Problem]:
    """A further link with Azure, where firewalls inspect what crosses a hub.

    Such a link gives networks two ways to each other, and BGP may choose one for packets and the
    other for replies. A firewall in Azure that sees one direction only drops the connection.
    Without further links there is one way, over the cores.
    """
    in_azure = {hub.key for hub in args.hubs if hub.cloud is Cloud.AZURE}
    for place, ends in enumerate(args.links):
        if in_azure.intersection(ends):
            wrong = (
                "is with Azure, where firewalls inspect: packets and replies may take two ways, "
                "and a firewall that sees one direction drops the connection"
            )
            remedy = "delete it: the hubs reach each other over the cores"
            yield Problem(("links", place), wrong, remedy, list(ends))


def _public_block_problems(args: FabricArgs) -> Iterator[Problem]:
    """A block that routing intent in Azure does not lead to a firewall."""
    first = next((hub.key for hub in args.hubs if hub.cloud is Cloud.AZURE), None)
    for path, block, _ in blocks_of(args) if first is not None else ():
        if path[-1] != "own" and not any(map(block.subnet_of, _PRIVATE)):
            wrong = f"is a block that Azure does not lead to the firewall of {first}"
            remedy = (
                "use a block of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, or write "
                "inspection.kind: none"
            )
            yield Problem(path, wrong, remedy, str(block))


def _firewall_network_problems(args: FabricArgs) -> Iterator[Problem]:
    """A block that overlaps the network of others' firewalls, which each hub in AWS has."""
    hubs = [hub for hub in args.hubs if hub.cloud is Cloud.AWS and hub.own is None]
    if args.inspection.kind is not InspectionKind.THIRD_PARTY or not hubs:
        return
    for path, block, _ in blocks_of(args):
        if block.overlaps(AWS_ENDPOINTS):
            wrong = (
                f"overlaps {AWS_ENDPOINTS}, the network that leads to the firewalls at "
                f"{hubs[0].key}: packets for {owner_of(path)} would stay in it"
            )
            yield Problem(path, wrong, "use another block", str(block))

"""Azure: peerings, security rules, routes, private DNS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tools.readiness.checks.aws import ready, restore
from tools.readiness.checks.blocks import covers, touches
from tools.readiness.checks.private_dns import hosted_zones, resolvers
from tools.readiness.facts import Facts
from tools.readiness.konnect import Network
from tools.readiness.resources import Resource
from tools.readiness.verdict import Item, Seen, failed, judged, manual

PEERING: Final = "azure-vnet-peering-attachment"
HUB: Final = "azure-vhub-peering-attachment"
VNET: Final = "azure-native:network:VirtualNetwork"
RULE: Final = "azure-native:network:SecurityRule"
NSG: Final = "azure-native:network:NetworkSecurityGroup"
ROUTE: Final = "azure-native:network:Route"
ROUTE_TABLE: Final = "azure-native:network:RouteTable"
PORT: Final = 443
"""The port of upstreams where ``landing.ports`` is left out."""
_ANCHOR: Final = "azure"


def _peerings(facts: Facts) -> Iterator[Seen]:
    for network, attachment, config in facts.attachments(PEERING, HUB):
        yield ready(network, attachment)
        if config["kind"] == HUB:
            subject = f"{network.region}: virtual hub {config.get('vhub_name')}"
            look = "Virtual WAN > hub > Virtual network connections: Kong's is Connected"
            yield manual(subject, "Kong's connection is not in the stack's state", look)
        else:
            yield _peered(facts, network, str(config.get("vnet_name")))
        for owner, route in _routes(facts):
            # A wider one loses against the route of the peering.
            if route.get("nextHopType") == "None" and covers(network.cidr, route["addressPrefix"]):
                value = f"drops packets to {route['addressPrefix']}"
                remedy = f"delete the route; {restore(network)} if the region is isolated"
                yield failed(f"{network.region}: {owner}", value, remedy)


def _routes(facts: Facts) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(resource, route) of all routes, those within route tables too."""
    for route in facts.resources.of(ROUTE):
        yield f"route {route.name}", route.props
    for table in facts.resources.of(ROUTE_TABLE):
        for one in table.props.get("routes") or ():
            yield f"route table {table.name}", one


def _peered(facts: Facts, network: Network, name: str) -> Seen:
    """The peering of a VNet with Kong's, as Azure has it."""
    subject = f"{network.region}: VNet {name}"
    look = f"Virtual networks > {name} > Peerings: Connected, to {network.cidr}"
    vnet = next((one for one in facts.resources.of(VNET) if one.text("name") == name), None)
    if vnet is None:
        return manual(subject, "is in no stack that is read here", look)
    peerings: list[dict[str, Any]] | None = vnet.props.get("virtualNetworkPeerings")
    if peerings is None:
        return manual(subject, "its peerings are not in the stack's state", look)
    for one in peerings:
        space = one.get("remoteAddressSpace") or one.get("remoteVirtualNetworkAddressSpace") or {}
        if any(covers(prefix, network.cidr) for prefix in space.get("addressPrefixes") or ()):
            state = str(one.get("peeringState"))
            value = f"its peering with {network.cidr} is {state}"
            remedy = "delete it on both sides, and run `make up`"
            return judged(state == "Connected", subject, value, remedy)
    if not facts.resources.live:
        # Kong creates the peering after `up` has written the VNet's state.
        return manual(subject, "had no peering when the state was written", look)
    return failed(subject, f"has no peering with {network.cidr}", "look at Kong's role on the VNet")


def _security_rules(facts: Facts) -> Iterator[Seen]:
    for network in facts.live.networks:
        if network.cloud != "azure":
            continue
        region = facts.region(network.region)
        groups = {
            str(one.get("security_group_id"))
            for one in (region.get("attachments") or {}).values()
            if one.get("security_group_id")
        }
        for group in sorted(groups):
            for port in _ports(facts, network):
                yield _let_in(facts, network, group, port)
        if not groups:
            look = f"the security groups of your subnets have to allow {network.cidr}"
            yield manual(network.region, "the stack has no security group for upstreams", look)


def _ports(facts: Facts, network: Network) -> Sequence[int]:
    """The TCP ports of ``landing.ports`` in the settings of the region."""
    for region in facts.settings.get("regions") or ():
        landing = region.get("landing")
        if f"azure-{region.get('region')}" == network.region and isinstance(landing, Mapping):
            return [int(port) for port in landing.get("ports") or (PORT,)]
    return [PORT]


def _let_in(facts: Facts, network: Network, group: str, port: int) -> Seen:
    """The first rule, by priority, that decides on the gateway's packets to a port."""
    subject = f"{network.region}: security group {group.rpartition('/')[2]}"
    if facts.resources.by_id(NSG, group) is None:
        return manual(subject, "is in no stack that is read here", "look there")
    rules = sorted(
        (one for one in facts.resources.of(RULE) if _decides(one, group, network.cidr, port)),
        key=lambda one: int(one.props.get("priority") or 0),
    )
    if not rules:
        value = f"has no rule for {network.cidr} on port {port}"
        return judged(False, subject, value, "run `make up`, which writes the rule")
    first = rules[0]
    way = "allows" if first.text("access") == "Allow" else "denies"
    value = f"rule {first.text('name')} {way} {network.cidr} on port {port}"
    return judged(way == "allows", subject, value, "delete the rule that denies it")


def _decides(rule: Resource, group: str, cidr: str, port: int) -> bool:
    if not rule.id.lower().startswith(f"{group}/".lower()):
        return False
    if rule.text("direction") != "Inbound":
        return False
    sources = [
        rule.props.get("sourceAddressPrefix"),
        *(rule.props.get("sourceAddressPrefixes") or ()),
    ]
    ports = [
        rule.props.get("destinationPortRange"),
        *(rule.props.get("destinationPortRanges") or ()),
    ]
    met = covers if rule.text("access") == "Allow" else touches
    return any(met(one, cidr) or one == "*" for one in sources) and any(
        _has_port(one, port) for one in ports
    )


def _has_port(ports: object, port: int) -> bool:
    if ports in (None, ""):
        return False
    low, _, high = str("0-65535" if ports == "*" else ports).partition("-")
    return int(low) <= port <= int(high or low)


ITEMS: Final = (
    Item(
        "azure-peering",
        "Azure",
        "Peerings are connected in Azure and in Konnect",
        "Konnect has the attachment ready; the VNet's peering with Kong's network is Connected; no "
        "route of the stack drops the gateway's block.",
        _peerings,
        _ANCHOR,
    ),
    Item(
        "azure-security-rules",
        "Azure",
        "Network security groups let the gateway reach your upstreams",
        "By priority, the first rule for the gateway's block and each of landing.ports allows it.",
        _security_rules,
        _ANCHOR,
    ),
    Item(
        "azure-private-dns",
        "Azure",
        "Private DNS zones resolve from the gateway network",
        "Konnect has the link ready. A look-up from the gateway is by hand.",
        lambda facts: hosted_zones(facts, "azure"),
        _ANCHOR,
    ),
    Item(
        "azure-outbound-resolver",
        "Azure",
        "The outbound DNS resolver has the right domains and servers",
        "Konnect has it ready, with the map that the stack declares. A look-up is by hand.",
        lambda facts: resolvers(facts, "azure"),
        _ANCHOR,
    ),
)

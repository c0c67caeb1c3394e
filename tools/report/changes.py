"""The changes of a plan by cloud and region, and the interruptions that they cause.

An interruption depends only on the kind of resource and the action. Its text follows the vendor's
documentation and names the source. If a replacement depends on an unknown value, it may not happen,
and the interruption is marked as uncertain. Only the values of properties in ``SHOWN`` are printed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.regions import CacheTier
from policies import types
from tools.report.places import Place, in_order, places
from tools.report.preview import Action, Preview, Resource, has_unknown

CLOUD_GATEWAYS: Final = "https://developer.konghq.com/dedicated-cloud-gateways/"
SOURCES: Final = {
    "api": ("Cloud Gateways API", "https://developer.konghq.com/api/konnect/cloud-gateways/v2/"),
    "network": ("Network architecture", f"{CLOUD_GATEWAYS}network-architecture/"),
    "cache": ("Managed cache", f"{CLOUD_GATEWAYS}managed-cache/"),
    "upgrade": (
        "Dedicated Cloud Gateway upgrades",
        "https://developer.konghq.com/konnect-platform/compatibility/",
    ),
    "memorystore": (
        "About scaling instances",
        "https://cloud.google.com/memorystore/docs/redis/about-scaling-instances",
    ),
    "protect": ("Resource option protect", "https://www.pulumi.com/docs/iac/concepts/options/"),
    "cloud": ("The resource's own documentation", "https://www.pulumi.com/registry/"),
}

SHOWN: Final = (
    "cidr_block",
    "cidr_blocks",
    "cidrBlock",
    "cidrIpv4",
    "destinationCidrBlock",
    "ipCidrRange",
    "addressSpace",
    "addressPrefix",
    "availability_zones",
    "region",
    "location",
    "version",
    "api_access",
    "memorySizeGb",
    "redisVersion",
)
"""Properties whose values are printed. For all others, only the name is."""

_HIDDEN: Final = "(not shown)"
_HARMLESS = re.compile(r"[A-Za-z0-9 .:/+_-]{1,80}")


@dataclass(frozen=True)
class Change:
    """A changed resource, and the differences of its inputs as text."""

    resource: Resource
    differences: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """The changes in one region, or of all resources without a region."""

    place: Place
    changes: tuple[Change, ...]

    @property
    def counts(self) -> Mapping[Action, int]:
        """The number of resources by action."""
        return Counter(change.resource.action for change in self.changes)


@dataclass(frozen=True)
class Interruption:
    """An interruption during a change: what stops, and for how long.

    ``certain`` is false for a replacement that depends on a value which is unknown before `up`.
    """

    place: Place
    resource: Resource
    what: str
    source: str
    certain: bool = True

    @property
    def source_title(self) -> str:
        """The title of the source document."""
        return SOURCES[self.source][0]

    @property
    def source_url(self) -> str:
        """The URL of the source document."""
        return SOURCES[self.source][1]


def groups(preview: Preview) -> list[Group]:
    """The changes by cloud and region."""
    where = places(preview.resources)
    found: dict[Place, list[Change]] = {}
    for resource in preview.changes:
        change = Change(resource, tuple(_differences(resource)))
        found.setdefault(where[resource.urn], []).append(change)
    return [Group(place, tuple(found[place])) for place in in_order(found)]


def interruptions(preview: Preview) -> list[Interruption]:
    """The interruptions of the plan, sorted by cloud and region."""
    where = places(preview.resources)
    moved = {
        where[one.urn]
        for one in preview.resources
        if one.resource_type == types.NETWORK and one.action is Action.REPLACE
    }
    found = [
        # If the region's network is replaced, the interruption is certain: its id will change.
        Interruption(where[one.urn], one, what, source, certain or where[one.urn] in moved)
        for one in preview.resources
        for what, source, certain in _interrupts(one)
    ]
    order = in_order(one.place for one in found)
    return sorted(found, key=lambda one: order.index(one.place))


def _differences(resource: Resource) -> Iterator[str]:
    if resource.action not in (Action.UPDATE, Action.REPLACE):
        return
    before = resource.before or {}
    for key in resource.changed():
        old, new = before.get(key), resource.props.get(key)
        forces = ", which forces the replacement" if key in resource.reasons else ""
        if has_unknown(new):
            yield f"{key}: not known before up{forces}"
        elif key in SHOWN:
            yield f"{key}: {shown(old)} → {shown(new)}{forces}"
        elif tier := _tier_change(resource, key):
            yield tier
        else:
            yield f"{key}{forces}"


def shown(value: object) -> str:
    """A value of ``SHOWN`` on one line. A value with unusual text is hidden: it may be a secret."""
    if isinstance(value, Mapping):
        return shown(value["addressPrefixes"]) if "addressPrefixes" in value else _HIDDEN
    if isinstance(value, list):
        return ", ".join(shown(inner) for inner in value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return "none" if value is None else text if _HARMLESS.fullmatch(text) else _HIDDEN


def _tier_change(resource: Resource, key: str) -> str:
    if resource.resource_type != types.ADDON or key != "config":
        return ""
    old, new = tier_of(resource.before), tier_of(resource.after)
    return f"tier: {old} → {new}" if old != new else ""


def tier_of(inputs: Mapping[str, Any] | None) -> str:
    """The tier of a managed cache add-on, from its inputs."""
    try:
        return shown((inputs or {})["config"]["capacity_config"]["tier"])
    except (KeyError, TypeError):
        return "none"


_Said = tuple[str, str]


def _interrupts(resource: Resource) -> Iterator[tuple[str, str, bool]]:
    certain = not (resource.reasons and resource.undecided())
    rule = _RULES.get(resource.resource_type)
    for what, source in rule(resource) if rule else ():
        yield what, source, certain
    refused = {Action.DELETE: resource.was_protected, Action.REPLACE: resource.is_protected}
    if refused.get(resource.action):
        what = "Refused while it is protected: the engine deletes no protected resource."
        yield what, "protect", True
    elif resource.was_protected and not resource.is_protected:
        yield "Loses its protection: a later change may delete it.", "protect", True


def _network(one: Resource) -> Iterator[_Said]:
    if one.action is Action.REPLACE:
        until = (
            "The old network goes first: the region does not serve for that time."
            if one.deleted_first
            else "The old network serves until the new one is ready."
        )
        yield (
            "A new network: new addresses, inbound and outbound, and new peering. It takes 30 to "
            f"40 minutes. {until} Allow lists and DNS that name the old addresses must follow.",
            "network",
        )
    elif one.action is Action.DELETE:
        yield "The network and its addresses are gone for good; the region stops serving.", "api"


def _control_plane(one: Resource) -> Iterator[_Said]:
    if one.action in (Action.REPLACE, Action.DELETE):
        yield (
            "All its services, routes, plugins and credentials go with the control plane, and its "
            "gateways stop serving them.",
            "api",
        )


def _configuration(one: Resource) -> Iterator[_Said]:
    if one.action in (Action.REPLACE, Action.DELETE):
        yield "Its data planes are deleted: none of its regions serves any more.", "api"
        return
    changed = one.changed() if one.action is Action.UPDATE else []
    before, after = one.before or {}, one.props
    if "version" in changed:
        yield (
            f"Gateway version {shown(before.get('version'))} → {shown(after.get('version'))}: "
            "data planes are replaced one after the other, without downtime.",
            "upgrade",
        )
    if "api_access" in changed:
        yield (
            f"Listeners change from {shown(before.get('api_access'))} to "
            f"{shown(after.get('api_access'))}: who may reach the gateways changes with them.",
            "api",
        )
    if "dataplane_groups" in changed:
        yield from _moved_groups(_groups_of(before), _groups_of(after))


def _groups_of(inputs: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = inputs.get("dataplane_groups")
    return {
        f"{shown(group.get('provider'))} {shown(group.get('region'))}": group
        for group in (found if isinstance(found, list) else ())
        if isinstance(group, Mapping)
    }


def _moved_groups(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> Iterator[_Said]:
    if gone := sorted(before.keys() - after.keys()):
        yield f"No longer serves in {', '.join(gone)}: its data planes are deleted.", "api"
    if new := sorted(after.keys() - before.keys()):
        yield f"New data planes in {', '.join(new)}; the others go on serving.", "api"
    network = "cloud_gateway_network_id"
    moved = [
        region
        for region in sorted(before.keys() & after.keys())
        if before[region].get(network) != after[region].get(network)
    ]
    if moved:
        yield (
            f"The data planes of {', '.join(moved)} move to another network, with new addresses.",
            "network",
        )


def _addon(one: Resource) -> Iterator[_Said]:
    old, new = tier_of(one.before), tier_of(one.after)
    grows = (
        f"The cache grows from {old} to {new}: it stays online and keeps its data, with "
        "interruptions of seconds."
    )
    if one.action is Action.REPLACE:
        lowered = _rank(new) < _rank(old)
        why = f"A tier cannot be lowered ({old} → {new}). " if lowered else ""
        yield (
            f"{why}The cache is deleted and created again, which takes about 15 minutes. What it "
            "held is lost: rate limits count from zero, and per data plane until it is ready.",
            "cache",
        )
        if one.undecided() and _rank(new) > _rank(old):
            yield f"If it is not created again: {grows[0].lower()}{grows[1:]}", "cache"
    elif one.action is Action.DELETE:
        yield "The cache and what it holds are gone: rate limits count per data plane.", "cache"
    elif one.action is Action.UPDATE and old != new:
        yield grows, "cache"


def _rank(tier: str) -> int:
    return CacheTier(tier).rank if tier in list(CacheTier) else 0


def _attachment(one: Resource) -> Iterator[_Said]:
    if one.action is Action.REPLACE:
        until = (
            "Upstreams behind it are not reached until both sides are ready."
            if one.deleted_first
            else "The old link stays until the new one has both its sides."
        )
        yield f"The link between the gateways and your network is created again. {until}", "api"
    elif one.action is Action.DELETE:
        yield "The link is deleted: upstreams behind it are not reached any more.", "api"
    elif one.action is Action.UPDATE and "cidr_blocks" in one.changed():
        yield "Kong's routes into your network change; the link stays.", "api"


def _link_part(one: Resource) -> Iterator[_Said]:
    if one.action is Action.REPLACE:
        yield (
            "Our side of the link is created again: the new link carries no traffic before that.",
            "cloud",
        )
    elif one.action is Action.DELETE:
        yield "Our side of the link is deleted: it carries no traffic any more.", "cloud"


def _between_hubs(one: Resource) -> Iterator[_Said]:
    if one.action is Action.REPLACE:
        yield (
            "This connection of two hubs is created again: it carries no traffic before that. "
            "Other tunnels or ways may carry it meanwhile.",
            "cloud",
        )
    elif one.action is Action.DELETE:
        yield (
            "This connection of two hubs is deleted: what no other tunnel or way carries does not "
            "arrive any more.",
            "cloud",
        )


def _firewall(one: Resource) -> Iterator[_Said]:
    if one.action is Action.REPLACE:
        yield (
            "The firewall is created again: what is led to it does not arrive before that.",
            "cloud",
        )


def _home(what: str) -> Callable[[Resource], Iterator[_Said]]:
    def said(one: Resource) -> Iterator[_Said]:
        if one.action is Action.REPLACE:
            yield f"{what} is created again, and so is everything in or behind it.", "cloud"
        elif one.action is Action.DELETE:
            yield (
                f"{what} is deleted, and nothing in or behind it can be reached any more.",
                "cloud",
            )

    return said


def _redis(one: Resource) -> Iterator[_Said]:
    if one.action in (Action.REPLACE, Action.DELETE):
        yield "What the Redis held is lost: rate limits count from zero.", "cloud"
    elif one.action is Action.UPDATE and "memorySizeGb" in one.changed():
        yield (
            "The Redis is resized: connections are reset for a couple of minutes at most, and its "
            "data stays.",
            "memorystore",
        )


def _domain(one: Resource) -> Iterator[_Said]:
    if one.action in (Action.REPLACE, Action.DELETE):
        yield "The domain is not served until it is verified again, if it is created again.", "api"


_RULES: Mapping[str, Callable[[Resource], Iterable[_Said]]] = {
    types.NETWORK: _network,
    types.CONTROL_PLANE: _control_plane,
    types.CONFIGURATION: _configuration,
    types.ADDON: _addon,
    types.ATTACHMENT: _attachment,
    types.CUSTOM_DOMAIN: _domain,
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": _link_part,
    "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter": _link_part,
    "azure-native:authorization:RoleAssignment": _link_part,
    "gcp:compute/networkPeering:NetworkPeering": _link_part,
    "aws:ec2/vpc:Vpc": _home("The VPC"),
    "aws:ec2transitgateway/transitGateway:TransitGateway": _home("The Transit Gateway"),
    "azure-native:network:VirtualNetwork": _home("The VNet"),
    "azure-native:network:VirtualHub": _home("The Virtual WAN hub"),
    "gcp:compute/network:Network": _home("The network"),
    "gcp:redis/instance:Instance": _redis,
    "azure-native:network:HubVirtualNetworkConnection": _link_part,
    "pulumi-python:dynamic/aviatrix:SpokeTransitAttachment": _link_part,
    "azure-native:network:VirtualWan": _home("The virtual WAN"),
    "azure-native:network:VpnGateway": _home("The VPN gateway"),
    "gcp:compute/haVpnGateway:HaVpnGateway": _home("The VPN gateway"),
    "gcp:compute/router:Router": _home("The Cloud Router"),
    "pulumi-python:dynamic/aviatrix:SpokeGateway": _home("The spoke gateway"),
    "pulumi-python:dynamic/aviatrix:TransitGateway": _home("The transit gateway"),
    "aws:networkfirewall/firewall:Firewall": _firewall,
    "azure-native:network:AzureFirewall": _firewall,
    "gcp:networksecurity/firewallEndpoint:FirewallEndpoint": _firewall,
    "pulumi-python:dynamic/aviatrix:FirewallInstance": _firewall,
    **dict.fromkeys(
        (
            "aws:ec2/vpnConnection:VpnConnection",
            "aws:ec2transitgateway/peeringAttachment:PeeringAttachment",
            "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter",
            "azure-native:network:VpnConnection",
            "gcp:compute/routerInterface:RouterInterface",
            "gcp:compute/routerPeer:RouterPeer",
            "gcp:compute/vPNTunnel:VPNTunnel",
            "pulumi-python:dynamic/aviatrix:TransitExternalDeviceConn",
            "pulumi-python:dynamic/aviatrix:TransitGatewayPeering",
        ),
        _between_hubs,
    ),
}

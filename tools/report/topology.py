"""The diagram of an environment and its address map, from the resources of a plan.

Each box is one resource. Resources that are replaced or deleted are drawn too, because reviewers
look for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

from policies import types
from tools.report.changes import shown, tier_of
from tools.report.drawing import LinkPart, Mark, Part, Picture, PlanePart, RegionPart, draw
from tools.report.places import Place, in_order, places
from tools.report.preview import Action, Preview, Resource, gravest

VPC: Final = "aws:ec2/vpc:Vpc"
VNET: Final = "azure-native:network:VirtualNetwork"
GCP_NETWORK: Final = "gcp:compute/network:Network"
GCP_SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
REDIS: Final = "gcp:redis/instance:Instance"

_FABRIC: Final = "multicloudgateway:index:TransitFabric$"
_SPOKE: Final = "FabricSpoke$"
"""What the parents of a fabric's resources, and of those of its spokes, have in their types."""
_ROLE: Final = re.compile(r"arn:[a-z-]+:iam::(\d{12}):")
_HOMES: Final = {VPC: "Your VPC", VNET: "Your VNet", GCP_NETWORK: "Your network"}
_LINKS: Final = {
    "aws-transit-gateway-attachment": "Transit Gateway",
    "aws-vpc-peering-attachment": "VPC peering",
    "aws-resource-endpoint-attachment": "resource endpoint",
    "azure-vnet-peering-attachment": "VNet peering",
    "azure-vhub-peering-attachment": "Virtual WAN hub",
    "gcp-vpc-peering-attachment": "VPC peering",
}


@dataclass(frozen=True)
class _Plane:
    """A control plane with its configuration, its cache, and the regions it serves."""

    plane: Resource
    configuration: Resource | None
    cache: Resource | None
    regions: frozenset[Place]

    @property
    def action(self) -> Action:
        """The more severe of the actions of the control plane and of its configuration."""
        return gravest(one.action for one in (self.plane, self.configuration) if one)

    @property
    def lines(self) -> list[str]:
        inputs = _inputs(self.configuration)
        version, access = shown(inputs.get("version")), shown(inputs.get("api_access"))
        found = [shown(_inputs(self.plane).get("name"))]
        found.append(f"gateway {version}, {access}" if inputs else "no gateways")
        if self.cache:
            found.append(f"{_sign(self.cache)}managed cache {tier_of(_inputs(self.cache))}")
        return found


def account_of(resource: Resource, resources: Sequence[Resource]) -> str | None:
    """The account, subscription or project of a resource's explicit provider, if any."""
    provider = next((one for one in resources if one.urn == resource.provider), None)
    inputs = _inputs(provider)
    if role := _ROLE.search(json.dumps(inputs.get("assumeRoles", ""))):
        return role.group(1)
    return next((str(inputs[key]) for key in ("subscriptionId", "project") if key in inputs), None)


def picture(preview: Preview) -> Picture | None:
    """Draw the control planes and regions. None if the plan has neither."""
    by_place = _by_place(preview)
    regions = [p for p in in_order(by_place) if _first(by_place[p], types.NETWORK) is not None]
    planes = _planes(preview)
    if not regions and not planes:
        return None
    providers = [
        one for one in preview.resources if one.resource_type.startswith("pulumi:providers:")
    ]
    return draw(
        [_plane_part(plane) for plane in planes],
        {place: _region_part(by_place[place], providers) for place in regions},
        _mark(Action.SAME),
    )


def _by_place(preview: Preview) -> dict[Place, list[Resource]]:
    where = places(preview.resources)
    found: dict[Place, list[Resource]] = {}
    for resource in preview.resources:
        found.setdefault(where[resource.urn], []).append(resource)
    return found


def _planes(preview: Preview) -> list[_Plane]:
    """Control planes with their resources, matched by name: ids are unknown before `up`."""
    listed = preview.resources
    found = []
    for plane in (one for one in listed if one.resource_type == types.CONTROL_PLANE):
        stem = plane.name.removesuffix("-control-plane")
        mine = [one for one in listed if one.name in (f"{stem}-configuration", f"{stem}-cache")]
        configuration = _first(mine, types.CONFIGURATION)
        groups = _inputs(configuration).get("dataplane_groups")
        regions = frozenset(
            Place(str(group.get("provider")), str(group.get("region")))
            for group in (groups if isinstance(groups, list) else ())
            if isinstance(group, Mapping)
        )
        found.append(_Plane(plane, configuration, _first(mine, types.ADDON), regions))
    return sorted(found, key=lambda one: (-len(one.regions), one.plane.name))


def _plane_part(plane: _Plane) -> PlanePart:
    return PlanePart(Part("Control plane", plane.lines, _mark(plane.action)), plane.regions)


def _region_part(resources: Sequence[Resource], providers: Sequence[Resource]) -> RegionPart:
    network = _first(resources, types.NETWORK)
    assert network is not None
    inputs = _inputs(network)
    zones = inputs.get("availability_zones")
    line = shown(inputs.get("cidr_block"))
    line += f", {len(zones)} zones" if isinstance(zones, list) else ""
    attachment = _first(resources, types.ATTACHMENT)
    redis = _first(resources, REDIS)
    return RegionPart(
        Part("Gateway network", [line], _mark(network.action)),
        [_link_part(attachment)] if attachment else [],
        _home_part(attachment, resources, providers) if attachment else None,
        [_redis_part(redis)] if redis else [],
    )


def _link_part(attachment: Resource) -> LinkPart:
    config = _inputs(attachment).get("transit_gateway_attachment_config")
    kind = config.get("kind") if isinstance(config, Mapping) else None
    return LinkPart(_sign(attachment) + link_title(kind), _mark(attachment.action))


def link_title(kind: object) -> str:
    """The name of a kind of attachment, such as ``aws-transit-gateway-attachment``."""
    return _LINKS.get(str(kind), "attachment")


def _home_part(
    attachment: Resource, resources: Sequence[Resource], providers: Sequence[Resource]
) -> Part:
    """The customer's network, which may be in another stack."""
    homes = (one for one in resources if one.resource_type in _HOMES and not fabric_part(one))
    home = next(homes, None)
    blocks = landing_blocks(resources) or _blocks(_inputs(attachment), "cidr_blocks")
    lines = [", ".join(map(str, blocks)) or "addresses not in this plan"]
    if home is None:
        return Part("A network of another stack", lines, _mark(Action.SAME))
    if account := account_of(home, providers):
        lines.append(account)
    return Part(_HOMES[home.resource_type], lines, _mark(home.action))


def _redis_part(redis: Resource) -> Part:
    size = f"{shown(_inputs(redis).get('memorySizeGb'))} GiB"
    return Part("Redis of the region", [size], _mark(redis.action))


SIGNS: Final = {
    Action.SAME: "",
    Action.IMPORT: "=",
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "±",
    Action.DELETE: "-",
}
"""A sign for each action, so that it is not shown by colour alone."""


def _mark(action: Action) -> Mark:
    return Mark(action.value, SIGNS[action])


def _sign(resource: Resource) -> str:
    sign = SIGNS[resource.action]
    return f"{sign} " if sign else ""


@dataclass(frozen=True)
class Block:
    """A CIDR block. ``use`` is its purpose, ``was`` the block that it replaces.

    ``offset`` and ``share`` are its position and size within the smallest prefix that contains all
    blocks of its cloud, as fractions of 1.
    """

    place: Place
    use: str
    cidr: IPv4Network
    was: str
    within: IPv4Network
    offset: float
    share: float


def address_map(preview: Preview) -> list[Block]:
    """The CIDR blocks after the change, by cloud and region."""
    by_place = _by_place(preview)
    found = [
        (place, use, cidr, was)
        for place in in_order(by_place)
        for use, cidr, was in _uses([one for one in by_place[place] if one.exists_after])
    ]
    whole: dict[str, IPv4Network] = {}
    for place, _, cidr, _ in found:
        whole[place.cloud] = _enclosing(whole.get(place.cloud, cidr), cidr)
    return [
        Block(
            place,
            use,
            cidr,
            was,
            within := whole[place.cloud],
            (int(cidr.network_address) - int(within.network_address)) / within.num_addresses,
            cidr.num_addresses / within.num_addresses,
        )
        for place, use, cidr, was in found
    ]


def _uses(resources: Sequence[Resource]) -> Iterator[tuple[str, IPv4Network, str]]:
    for one in resources:
        if one.resource_type == types.NETWORK:
            old, new = _blocks(one.before or {}, "cidr_block"), _blocks(one.props, "cidr_block")
            was = str(old[0]) if old and old != new else ""
            yield from (("gateway network", block, was) for block in new)
    landing = landing_blocks(resources)
    yield from (("landing", block, "") for block in landing)
    for one in resources:
        if part := fabric_part(one):
            yield from ((part, block, "") for block in _blocks_of(one))
    for one in resources:
        if one.resource_type == types.ATTACHMENT:
            for block in _blocks(one.props, "cidr_blocks"):
                if not any(block.subnet_of(own) for own in landing):
                    yield "behind the link", block, ""


def landing_blocks(resources: Iterable[Resource]) -> list[IPv4Network]:
    """The CIDR blocks of the landing in a region."""
    return [block for one in resources if not fabric_part(one) for block in _blocks_of(one)]


def fabric_part(resource: Resource) -> str:
    """What a resource of a fabric is a part of: ``spoke`` or ``hub``. Empty: of no fabric."""
    parents = resource.urn.rpartition("::")[0]
    if _FABRIC not in parents:
        return ""
    return "spoke" if _SPOKE in parents else "hub"


def _blocks_of(network: Resource) -> list[IPv4Network]:
    """The CIDR blocks of a customer's network, or of its subnet in GCP."""
    inputs = _inputs(network)
    if network.resource_type == VPC:
        return _blocks(inputs, "cidrBlock")
    if network.resource_type == VNET:
        space = inputs.get("addressSpace")
        return _blocks(space if isinstance(space, Mapping) else {}, "addressPrefixes")
    return _blocks(inputs, "ipCidrRange") if network.resource_type == GCP_SUBNETWORK else []


def _blocks(inputs: Mapping[str, Any], key: str) -> list[IPv4Network]:
    value = inputs.get(key)
    found = []
    for text in value if isinstance(value, list) else [value]:
        try:
            found.append(IPv4Network(str(text)))
        except ValueError:
            continue  # Unknown, or IPv6.
    return found


def _enclosing(one: IPv4Network, other: IPv4Network) -> IPv4Network:
    while not other.subnet_of(one):
        one = one.supernet()
    return one


def _first(resources: Iterable[Resource], resource_type: str) -> Resource | None:
    return next((one for one in resources if one.resource_type == resource_type), None)


def _inputs(resource: Resource | None) -> Mapping[str, Any]:
    """The inputs after the change. For a deleted resource, the inputs before it."""
    return {} if resource is None else resource.after or resource.before or {}

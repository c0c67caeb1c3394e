"""The diagram of an environment and its address map, from the resources of a plan.

Each cloud is a column. Each box is one resource. Resources that are replaced or deleted are drawn
too, because reviewers look for them. Positions are in SVG units, which are pixels at full width.
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
from tools.report.places import TITLES, Place, in_order, places
from tools.report.preview import Action, Preview, Resource, gravest

VPC: Final = "aws:ec2/vpc:Vpc"
VNET: Final = "azure-native:network:VirtualNetwork"
GCP_NETWORK: Final = "gcp:compute/network:Network"
GCP_SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
REDIS: Final = "gcp:redis/instance:Instance"

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

WIDTH: Final = 264
"""Width of a box."""
_CHARACTERS: Final = 36
"""Number of characters of average width that fit in a box."""
_GAP: Final = 40
_LINE: Final = 18
_PAD: Final = 10


@dataclass(frozen=True)
class Box:
    """A resource in the diagram. ``lines`` are below its title."""

    x: int
    y: int
    width: int
    height: int
    title: str
    lines: Sequence[str]
    action: Action


@dataclass(frozen=True)
class Line:
    """A connection: SVG path data, and its label at ``x``, ``y``."""

    path: str
    action: Action
    text: str = ""
    x: int = 0
    y: int = 0


@dataclass(frozen=True)
class Label:
    """A separate text: the heading of a column, or a region."""

    x: int
    y: int
    text: str
    heading: bool = False


@dataclass(frozen=True)
class Picture:
    """All elements of the diagram."""

    width: int
    height: int
    boxes: Sequence[Box]
    lines: Sequence[Line]
    labels: Sequence[Label]
    description: str


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
        found = [_cut(shown(_inputs(self.plane).get("name")))]
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
    return _Drawing(planes, {place: by_place[place] for place in regions}, providers).picture()


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


class _Drawing:
    """Lays out control planes in a row, and below it a column of regions for each cloud."""

    def __init__(
        self,
        planes: Sequence[_Plane],
        regions: Mapping[Place, Sequence[Resource]],
        providers: Sequence[Resource],
    ) -> None:
        self._planes, self._regions, self._providers = planes, regions, providers
        self._boxes: list[Box] = []
        self._lines: list[Line] = []
        self._labels: list[Label] = []

    def picture(self) -> Picture:
        clouds = [cloud for cloud in TITLES if any(p.cloud == cloud for p in self._regions)]
        columns = max(len(clouds), len(self._planes))
        width = columns * (WIDTH + _GAP)
        self._draw_planes()
        under_planes = max((box.y + box.height for box in self._boxes), default=0)
        top = under_planes + 12 * len(self._planes) + 36
        bottom = top
        for number, cloud in enumerate(clouds):
            bottom = max(bottom, self._draw_column(cloud, number, top, under_planes))
        words = [place.title for place in self._regions]
        description = (
            f"{len(self._planes)} control planes over {len(words)} regions: {', '.join(words)}."
        )
        return Picture(width, bottom + _PAD, self._boxes, self._lines, self._labels, description)

    def _draw_planes(self) -> None:
        for number, plane in enumerate(self._planes):
            self._box(_column_x(number), _PAD, "Control plane", plane.lines, plane.action)

    def _draw_column(self, cloud: str, number: int, top: int, under_planes: int) -> int:
        x, y = _column_x(number), top
        self._labels.append(Label(x, y, TITLES[cloud], heading=True))
        tips: dict[int, list[int]] = {}
        for place in (one for one in self._regions if one.cloud == cloud):
            y += 30
            self._labels.append(Label(x, y, place.region))
            for index, plane in enumerate(self._planes):
                if place in plane.regions:
                    tips.setdefault(index, []).append(y + 28)
            y = self._draw_region(x, y + _PAD, self._regions[place])
        for index, points in tips.items():
            self._draw_rail(index, x, points, under_planes)
        return y

    def _draw_rail(self, index: int, x: int, points: Sequence[int], under_planes: int) -> None:
        """Draw a line from a control plane along a bus, down beside a column, to its regions."""
        bus = under_planes + 14 + 12 * index
        rail = x - 10 - 5 * index
        plane = self._boxes[index]
        start = plane.x + WIDTH // 2
        path = f"M{start} {plane.y + plane.height} V{bus} H{rail} V{points[-1]}"
        path += "".join(f" M{rail} {point} H{x}" for point in points)
        self._lines.append(Line(path, Action.SAME))

    def _draw_region(self, x: int, y: int, resources: Sequence[Resource]) -> int:
        network = _first(resources, types.NETWORK)
        assert network is not None
        inputs = _inputs(network)
        zones = inputs.get("availability_zones")
        lines = [shown(inputs.get("cidr_block"))]
        lines[0] += f", {len(zones)} zones" if isinstance(zones, list) else ""
        box = self._box(x, y, "Gateway network", lines, network.action)
        y = box.y + box.height
        attachment = _first(resources, types.ATTACHMENT)
        home = next((one for one in resources if one.resource_type in _HOMES), None)
        if attachment is not None:
            y = self._draw_link(x, y, attachment)
            blocks = landing_blocks(resources) or _blocks(_inputs(attachment), "cidr_blocks")
            title = _HOMES[home.resource_type] if home else "A network of another stack"
            text = _cut(", ".join(map(str, blocks))) or "addresses not in this plan"
            lines = [text]
            if home is not None and (account := account_of(home, self._providers)):
                lines.append(_cut(account))
            box = self._box(x, y, title, lines, home.action if home else Action.SAME)
            y = box.y + box.height
        redis = _first(resources, REDIS)
        if redis is not None:
            size = f"{shown(_inputs(redis).get('memorySizeGb'))} GiB"
            box = self._box(x, y + _PAD, "Redis of the region", [size], redis.action)
            y = box.y + box.height
        return y

    def _draw_link(self, x: int, y: int, attachment: Resource) -> int:
        config = _inputs(attachment).get("transit_gateway_attachment_config")
        kind = config.get("kind") if isinstance(config, Mapping) else None
        text = _sign(attachment) + _LINKS.get(str(kind), "attachment")
        middle, end = x + 28, y + 34
        path = f"M{middle} {y} V{end}"
        self._lines.append(Line(path, attachment.action, text, middle + _PAD, y + 22))
        return end

    def _box(self, x: int, y: int, title: str, lines: Sequence[str], action: Action) -> Box:
        height = _PAD + _LINE * (1 + len(lines)) + _PAD // 2
        self._boxes.append(Box(x, y, WIDTH, height, title, lines, action))
        return self._boxes[-1]


def _cut(text: str) -> str:
    """Shorten a name to fit in a box."""
    return text if len(text) <= _CHARACTERS else f"{text[: _CHARACTERS - 1]}…"


def _column_x(number: int) -> int:
    return _GAP - _PAD + number * (WIDTH + _GAP)


SIGNS: Final = {
    Action.SAME: "",
    Action.IMPORT: "=",
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "±",
    Action.DELETE: "-",
}
"""A sign for each action, so that it is not shown by colour alone."""


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
        if one.resource_type == types.ATTACHMENT:
            for block in _blocks(one.props, "cidr_blocks"):
                if not any(block.subnet_of(own) for own in landing):
                    yield "behind the link", block, ""


def landing_blocks(resources: Iterable[Resource]) -> list[IPv4Network]:
    """The CIDR blocks of the customer's network in a region."""
    found: list[IPv4Network] = []
    for one in resources:
        inputs = _inputs(one)
        if one.resource_type == VPC:
            found += _blocks(inputs, "cidrBlock")
        elif one.resource_type == VNET:
            space = inputs.get("addressSpace")
            found += _blocks(space if isinstance(space, Mapping) else {}, "addressPrefixes")
        elif one.resource_type == GCP_SUBNETWORK:
            found += _blocks(inputs, "ipCidrRange")
    return found


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

"""The live state of an environment, as plain data: what Konnect says of each object.

Times are Konnect's. ``since`` is the time of the last change that Konnect recorded of an object,
which is the time of its state unless somebody changed a setting after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

HEARTBEAT_LIMIT: Final = timedelta(seconds=90)
"""A node whose last ping is older is offline. Nodes ping every 30 seconds."""


@dataclass(frozen=True, kw_only=True)
class Live:
    """An object in Konnect.

    ``state`` is Konnect's own word: ``ready``, ``initializing``, ``error``. ``reason`` is
    Konnect's explanation of the state, and may be empty. ``failed`` says that Konnect reports a
    failure, which networks and groups do in the state ``initializing``. ``known`` says whether the
    stack's state has the object.
    """

    id: str
    name: str
    state: str = ""
    reason: str = ""
    since: datetime | None = None
    failed: bool = False
    known: bool = True


@dataclass(frozen=True, kw_only=True)
class LiveControlPlane(Live):
    """A control plane. It has no state of its own."""

    cluster_type: str = ""
    expected_hash: str | None = None
    """The hash of the configuration that its nodes should run. None: it could not be read."""
    expected_since: datetime | None = None
    """Since when they should run it."""
    version: str = ""
    """The gateway version of its configuration: ``3.13``. Empty without a configuration."""
    api_access: str = ""
    """``private``, ``public`` or ``private+public``."""


@dataclass(frozen=True, kw_only=True)
class LiveNetwork(Live):
    """A network of dedicated gateways."""

    cloud: str
    region: str
    cidr: str = ""
    zones: Sequence[str] = ()

    @property
    def key(self) -> str:
        """The key of its region: ``aws-us-east-2``."""
        return f"{self.cloud}-{self.region}"


@dataclass(frozen=True, kw_only=True)
class LiveGroup(Live):
    """A group of data planes: what runs, not what the configuration asks for."""

    control_plane_id: str
    network_id: str
    cloud: str
    region: str
    expected_nodes: int = 1
    """The least number of nodes: one per zone of its network, or the number of static scaling."""
    private_ip_addresses: Sequence[str] = ()
    egress_ip_addresses: Sequence[str] = ()
    hostnames: Sequence[str] = ()

    @property
    def key(self) -> str:
        """The key of its region: ``aws-us-east-2``."""
        return f"{self.cloud}-{self.region}"


@dataclass(frozen=True, kw_only=True)
class LiveNode(Live):
    """A data plane node. ``name`` is its host name, ``state`` is `online` or `offline`."""

    control_plane_id: str
    region: str | None
    """The key of its region. None: its host name does not tell."""
    version: str = ""
    last_ping: datetime | None = None
    in_sync: bool | None = None
    """Whether it runs the configuration that it should. None: the hash could not be read."""
    compatibility: str = ""
    """Konnect's word without its prefix: ``FULLY_COMPATIBLE``."""

    @property
    def online(self) -> bool:
        """Whether it pinged within ``HEARTBEAT_LIMIT``, or Konnect says that it is connected."""
        return self.state == "online"


@dataclass(frozen=True, kw_only=True)
class LiveAttachment(Live):
    """A private connection of a network to the customer's."""

    network_id: str
    kind: str
    """Konnect's word without its end: ``aws-transit-gateway``."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Of a resource endpoint: the state of each resource, by its domain name."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """``transit_gateway_attachment_config`` as Konnect returns it."""
    cidr_blocks: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class LivePrivateDns(Live):
    """A private DNS attachment of a network."""

    network_id: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class LiveDomain(Live):
    """A custom domain. ``name`` is the domain.

    ``cname`` and ``ssl`` are `verified` or `unverified`, or empty if they could not be read.
    Source: `/v2/cloud-gateways/custom-domains/{id}/online-status`.
    """

    control_plane_id: str
    cname: str = ""
    ssl: str = ""


@dataclass(frozen=True, kw_only=True)
class LiveCacheGroup:
    """The cache of one region: a part of a managed cache."""

    cloud: str
    region: str
    state: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class LiveCache(Live):
    """A managed cache: an add-on of a control plane."""

    control_plane_id: str
    tier: str = ""
    partial_id: str | None = None
    """The id of the Redis partial that Konnect made for it. None: Konnect does not say yet."""
    groups: Sequence[LiveCacheGroup] = ()


@dataclass(frozen=True, kw_only=True)
class LivePartial(Live):
    """A partial of a control plane."""

    control_plane_id: str
    type: str = ""
    managed: bool = False
    """Whether Konnect made it, for a managed cache."""
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """As Konnect returns it. It may hold credentials: never print it."""


@dataclass(frozen=True, kw_only=True)
class LivePlugin(Live):
    """A plugin of a control plane. ``name`` is the name of its kind: ``key-auth``.

    ``state`` is `enabled` or `disabled`.
    """

    control_plane_id: str
    instance_name: str = ""
    scope: Mapping[str, str] = field(default_factory=dict)
    """The id of its service, route, consumer or consumer group, by that word. Empty: global."""
    partial_ids: Sequence[str] = ()
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """As Konnect returns it. It may hold credentials: never print it."""


@dataclass(frozen=True)
class Missing:
    """An object that the stack's state has and Konnect does not.

    ``kind`` is the resource type, such as ``CloudGatewayNetwork``.
    """

    kind: str
    id: str
    name: str


@dataclass(frozen=True)
class Unread:
    """What could not be read from Konnect, and why."""

    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class LiveView:
    """An environment as Konnect shows it at one time. Lists are in the order of names."""

    project: str
    stack: str
    geo: str
    at: datetime
    control_planes: Sequence[LiveControlPlane] = ()
    networks: Sequence[LiveNetwork] = ()
    groups: Sequence[LiveGroup] = ()
    nodes: Sequence[LiveNode] = ()
    attachments: Sequence[LiveAttachment] = ()
    private_dns: Sequence[LivePrivateDns] = ()
    domains: Sequence[LiveDomain] = ()
    caches: Sequence[LiveCache] = ()
    partials: Sequence[LivePartial] = ()
    other_partials: frozenset[str] = frozenset()
    """The ids of partials of other teams on the control planes."""
    plugins: Sequence[LivePlugin] = ()
    missing: Sequence[Missing] = ()
    unread: Sequence[Unread] = ()
    pending: Sequence[str] = ()
    """The names of resources that an update creates, updates or deletes just now."""
    contract: Mapping[str, Any] = field(default_factory=dict)
    """The stack outputs. Empty until the first `up` has ended."""

    @property
    def update_runs(self) -> bool:
        """Whether an update runs, or the first one has not ended: then there is no contract."""
        return bool(self.pending or not self.contract)

    def objects(self) -> Iterator[Live]:
        """Every object."""
        yield from self.control_planes
        yield from self.networks
        yield from self.groups
        yield from self.nodes
        yield from self.attachments
        yield from self.private_dns
        yield from self.domains
        yield from self.caches
        yield from self.partials
        yield from self.plugins

    def network(self, id_: str) -> LiveNetwork | None:
        """The network with an id, if it is one of the environment."""
        return next((one for one in self.networks if one.id == id_), None)

    def control_plane(self, id_: str) -> LiveControlPlane | None:
        """The control plane with an id, if it is one of the environment."""
        return next((one for one in self.control_planes if one.id == id_), None)

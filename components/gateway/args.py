"""The arguments of a gateway and of its regions, and the names of its objects in Konnect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi

from components.cache.choice import RedisChoice
from components.component import NOT_AN_INPUT
from components.dns.kinds import PrivateDns
from components.entry.clients import ClientsArgs
from components.fabric.model import FabricPlan
from components.governance import GovernanceChoice, RateLimitArgs
from components.links.azure_grant import AzureGrant
from components.links.kinds import LinkChoice
from components.load_balancers.base import LoadBalancerChoice
from components.names import network_shape
from components.networks.attributes import AwsHubAttributes, CustomerNetwork
from components.observability import DashboardKind, TelemetryArgs
from components.placement import MAIN, Placement
from components.regions import ApiAccess, CacheTier, Cloud
from components.services import ServiceArgs


@dataclass(frozen=True)
class RegionArgs:
    """One region of one cloud."""

    cloud: Cloud
    region: str
    """The cloud's own region id: ``us-east-2``."""
    cidr: IPv4Network
    """The gateway network's block, /16 to /23, in Azure /16 to /21. It can never change."""
    zones: Sequence[str]
    """Zone ids (``use2-az1``), not names. They change only together with ``cidr``."""
    customer_cidr: IPv4Network
    """The block of the customer's network that the gateway network is linked to."""
    reach: Sequence[IPv4Network] = ()
    """AWS: further blocks that the gateway reaches through the hub."""
    ports: Sequence[int] = (443,)
    """TCP ports on which the gateway may call upstreams in the customer's network."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags as the cloud takes them; in GCP labels."""
    network: CustomerNetwork | None = None
    """The customer's network, if another team owns it. None: a network is created."""
    hub: AwsHubAttributes | None = None
    """AWS: the hub that a ``network`` of another team is attached to."""
    providers: Sequence[pulumi.ProviderResource] = ()
    """Cloud providers for the region's network and links. Empty: those of the gateway."""
    links: Sequence[LinkChoice] = ()
    """How the region is linked to the customer's network. Empty: the default of the cloud."""
    dns: Mapping[str, PrivateDns] = field(default_factory=dict)
    """Private names that the region's gateway resolves, by a key that never changes."""
    load_balancer: LoadBalancerChoice | None = None
    """The load balancer in front of the private gateway. None: there is none."""
    redis: RedisChoice | None = None
    """GCP: where plugins count, if the gateway has a cache. None: a Redis behind forwarders."""
    control_plane: str | None = None
    """The key of the region's control plane. None: ``control_planes`` decides. Set it for a region
    that is live: a region cannot move to another control plane."""
    isolated: bool = False
    """Whether a live region is cut off from the customer's network. The gateway stays as it is, and
    an update waits neither for it nor for its links."""

    @property
    def key(self) -> str:
        """Cloud and region, ``aws-us-east-2``. It is in resource names, so it never changes."""
        return f"{self.cloud.value}-{self.region}"

    @property
    def shape(self) -> str:
        """A digest of the gateway network's CIDR and zones."""
        return network_shape(self.cidr, self.zones)


@dataclass(frozen=True)
class MultiCloudGatewayArgs:
    """The settings of a gateway. Plain values, because they decide which resources there are."""

    version: str
    """Gateway version, major and minor: ``"3.13"``."""
    regions: Sequence[RegionArgs]
    """At least one; each cloud and region once."""
    base_rps: int
    """Requests per second that every data-plane group can always serve, at least 1."""
    api_access: ApiAccess = ApiAccess.PRIVATE_AND_PUBLIC
    """Where the proxies listen."""
    control_planes: Placement = Placement.SHARED
    """How regions are spread over control planes."""
    cache_tier: CacheTier | None = None
    """Size of the caches; None for no cache. It can be raised, never lowered."""
    rate_limit: RateLimitArgs | None = None
    """Limit for all APIs; None for no limit."""
    governance: GovernanceChoice | None = None
    """Plugins of every control plane. None: ``rate_limit`` alone."""
    telemetry: TelemetryArgs | None = None
    """What all data planes send to collectors. None: nothing. A plugin of ``governance`` with the
    key of one of these takes its place."""
    dashboards: Sequence[DashboardKind] = ()
    """Dashboards of the gateway in Konnect Analytics."""
    azure: AzureGrant = field(default_factory=AzureGrant)
    """How Kong gets its role on VNets."""
    protect: bool = False
    """Whether Pulumi refuses to delete control planes, gateway networks, configurations, and the
    customer networks, hubs and private DNS zones that are created here."""
    description: str = ""
    """Description of the control planes, at most 2048 characters."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Konnect labels of the control planes, at most 4."""
    clients: ClientsArgs | None = None
    """Public zones, custom domains and the entry. None: the gateways' own names only."""
    services: Mapping[str, ServiceArgs] = field(default_factory=dict)
    """Services that gateways must reach, by name. Policies check them; nothing is created."""
    fabric: FabricPlan | None = field(default=None, metadata=NOT_AN_INPUT)
    """The transit fabric that connects the regions. None: they are not connected with each
    other."""


def network_name(gateway: str, region: RegionArgs) -> str:
    """The Konnect name of a region's network. It changes only with the CIDR or the zones.

    Konnect refuses two networks with the same name, and the CIDR and zones of a network can never
    change. With a digest of both in the name, a replacement can be created before the old network
    is deleted: the configuration moves over and other regions keep serving. ``konnect.Provider``
    adds the id of the stack, because networks have no labels.
    """
    return f"{gateway}-{region.key}-{region.shape}"


def control_plane_name(gateway: str, key: str) -> str:
    """The Konnect name of a gateway's control plane."""
    return gateway if key == MAIN else f"{gateway}-{key}"

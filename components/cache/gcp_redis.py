"""A Memorystore for Redis in a GCP region, because Konnect has no managed cache in GCP.

Memorystore is in a network of Google's that is peered with ours. VPC peering is not transitive, so
Kong's network reaches it only through the forwarders of ``gcp_forwarders``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.cache.gcp_forwarders import GcpForwarders, GcpForwardersArgs
from components.cache.regional import RedisEndpoint
from components.component import Component
from components.names import bounded_name
from components.regions import CacheTier

NAME_MAX: Final = 40
"""Most characters of a Memorystore id; most other names in GCP take 63."""


def memory_gib(tier: CacheTier) -> int:
    """The Memorystore size that matches a tier of the managed cache, in GiB: 1 to 300."""
    return max(1, round(tier.gib))


@dataclass(frozen=True)
class GcpRedisArgs:
    """A Memorystore for Redis in one region."""

    region: str
    """GCP region: ``us-central1``."""
    memory_gib: int
    """Size in GiB, 1 to 300."""
    network_id: pulumi.Input[str]
    """The network from which it is reached: ``projects/<project>/global/networks/<name>``."""
    zones: Sequence[str]
    """Zones of the region. The first two have a forwarder."""
    gateway_cidr: IPv4Network
    """The block of Kong's network, which the forwarders let in."""
    gateway_shape: str
    """A digest of what can never change in Kong's network."""
    block: IPv4Network | None = None
    """The block of the forwarders' subnetwork, /28 or larger. None: ``subnetwork`` is given."""
    subnetwork: pulumi.Input[str] | None = None
    """The forwarders' subnetwork in a network of another team."""
    project: pulumi.Input[str] | None = None
    """The project of the network, if another team owns it. None: the provider's project.

    Memorystore connects by direct peering, which Google offers in the project of the network only.
    """
    labels: Mapping[str, str] = field(default_factory=dict)


class GcpRedis(Component):
    """A highly available instance with a password and TLS, and its forwarders."""

    endpoint: RedisEndpoint
    """The instance as Kong's network reaches it: through the forwarders."""

    def __init__(
        self, name: str, args: GcpRedisArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GcpRedis", name, args, opts)
        instance = gcp.redis.Instance(
            name,
            name=bounded_name(name.removesuffix("-redis"), "redis", NAME_MAX),
            region=args.region,
            project=args.project,
            tier="STANDARD_HA",
            memory_size_gb=args.memory_gib,
            redis_version="REDIS_7_2",
            authorized_network=args.network_id,
            auth_enabled=True,
            transit_encryption_mode="SERVER_AUTHENTICATION",
            # The provider's default refuses every delete. Counters need no such protection.
            deletion_protection=False,
            labels=args.labels,
            opts=self.child(),
        )
        forwarders = GcpForwardersArgs(
            region=args.region,
            zones=args.zones,
            network_id=args.network_id,
            # Each instance has a CA of its own, which the nodes of a dedicated cloud gateway cannot
            # be made to trust: the certificate is not verified.
            redis=RedisEndpoint(instance.host, instance.port, instance.auth_string),
            gateway_cidr=args.gateway_cidr,
            gateway_shape=args.gateway_shape,
            block=args.block,
            subnetwork=args.subnetwork,
            project=args.project,
            labels=args.labels,
        )
        self.endpoint = GcpForwarders(f"{name}-forwarders", forwarders, self.child()).endpoint
        self.register_outputs({"host": instance.host, "port": instance.port})

"""A Redis of a GCP region, where Konnect has no managed cache: Memorystore.

Memorystore lives in a network of Google's that is peered with ours, and peerings are not
transitive: whether Kong's network reaches it through ours is for a reachability check to say.
Until it does, rate limits fall back to counters per data plane.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.cache.regional import RedisEndpoint
from components.component import Component
from components.names import bounded_name
from components.regions import CacheTier

NAME_MAX: Final = 40
"""Characters of a Memorystore id; most other names in GCP have 63."""


def memory_gib(tier: CacheTier) -> int:
    """The size of a Redis that is as large as a tier of the managed cache: 1 to 300 GiB."""
    return max(1, min(300, round(tier.gib)))


@dataclass(frozen=True)
class GcpRedisArgs:
    """A Memorystore for Redis in one region."""

    region: str
    """GCP region: ``us-central1``."""
    memory_gib: int
    """Size in GiB, 1 to 300."""
    network_id: pulumi.Input[str]
    """The network that reaches it: ``projects/<project>/global/networks/<name>``."""
    labels: Mapping[str, str] = field(default_factory=dict)


class GcpRedis(Component):
    """The instance, highly available, with a password and TLS."""

    endpoint: RedisEndpoint

    def __init__(
        self, name: str, args: GcpRedisArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GcpRedis", name, args, opts)
        instance = gcp.redis.Instance(
            name,
            name=bounded_name(name.removesuffix("-redis"), "redis", NAME_MAX),
            region=args.region,
            tier="STANDARD_HA",
            memory_size_gb=args.memory_gib,
            redis_version="REDIS_7_2",
            authorized_network=args.network_id,
            auth_enabled=True,
            transit_encryption_mode="SERVER_AUTHENTICATION",
            # The provider's default refuses every destroy; counters are no data worth that.
            deletion_protection=False,
            labels=args.labels,
            opts=self.child(),
        )
        self.endpoint = RedisEndpoint(instance.host, instance.port, instance.auth_string)
        self.register_outputs({"host": instance.host, "port": instance.port})

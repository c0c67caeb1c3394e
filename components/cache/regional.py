"""The cache of a control plane that can own no managed cache: a partial for a Redis of ours."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.component import Component
from providers import konnect


@dataclass(frozen=True)
class RedisEndpoint:
    """The address of a Redis, and its password."""

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    password: pulumi.Input[str]
    """Must be a secret."""


@dataclass(frozen=True)
class RegionalCacheArgs:
    """The cache of one control plane in one region."""

    control_plane_id: pulumi.Input[str]
    redis: RedisEndpoint


class RegionalCache(Component):
    """The Redis partial for plugins of the control plane."""

    partial_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: RegionalCacheArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("RegionalCache", name, args, opts)
        self.partial_id = konnect.GatewayPartial(
            f"{name}-redis",
            control_plane_id=args.control_plane_id,
            name=f"{name}-redis",
            type="redis-ee",
            config={
                "host": args.redis.host,
                "port": args.redis.port,
                "password": args.redis.password,
                "ssl": True,
                # Each Memorystore instance has a CA of its own, and the nodes of a dedicated
                # cloud gateway cannot be made to trust it.
                "ssl_verify": False,
            },
            opts=self.child(),
        ).id
        self.register_outputs({"partial_id": self.partial_id})

"""The global plugins of a control plane, which apply to every API on it: a rate limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.component import Component
from providers import konnect

RATE_LIMITING: Final = "rate-limiting-advanced"


@dataclass(frozen=True)
class RateLimitArgs:
    """A rate limit over all APIs of the control plane together, for each consumer."""

    limit: int
    """Requests per window, at least 1."""
    window_size: int
    """Length of the window in seconds, at least 1."""
    sync_rate: float = 0.5
    """Seconds between two synchronisations of counters with Redis; Kong recommends 0.5."""


@dataclass(frozen=True)
class GovernanceArgs:
    """The governance of one control plane."""

    control_plane_id: pulumi.Input[str]
    namespace: str
    """Name of the counters in Redis; a different one for each control plane. Kong's default is a
    random name, which would be a change in every preview."""
    rate_limit: RateLimitArgs | None = None
    """None for no limit."""
    partial_id: pulumi.Input[str] | None = None
    """The Redis partial for the counters. None: each data plane counts for itself."""


class Governance(Component):
    """The global plugins of a control plane. The instance name of each says what it does."""

    def __init__(
        self, name: str, args: GovernanceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("Governance", name, args, opts)
        if args.rate_limit is not None:
            self._limit(args, args.rate_limit)
        self.register_outputs({})

    def _limit(self, args: GovernanceArgs, rate: RateLimitArgs) -> None:
        config: dict[str, Any] = {
            "limit": [rate.limit],
            "window_size": [rate.window_size],
            "namespace": args.namespace,
            "strategy": "local" if args.partial_id is None else "redis",
        }
        if args.partial_id is not None:
            config["sync_rate"] = rate.sync_rate
        konnect.GatewayPlugin(
            f"{self.name}-rate-limit",
            control_plane_id=args.control_plane_id,
            name=RATE_LIMITING,
            instance_name=f"{args.namespace}-rate-limit",
            config=config,
            partials=None if args.partial_id is None else [{"id": args.partial_id}],
            opts=self.child(),
        )

"""What every API of a control plane gets: plugins that are global in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.component import Component
from providers import konnect

RATE_LIMITING: Final = "rate-limiting-advanced"


@dataclass(frozen=True)
class RateLimitArgs:
    """A limit over all APIs of the control plane, for each consumer."""

    limit: int
    """Requests per window, at least 1."""
    window_size: int
    """Length of the window in seconds, at least 1."""
    sync_rate: float = 0.5
    """Seconds between two exchanges of counters through Redis; Kong advises 0.5."""


@dataclass(frozen=True)
class GovernanceArgs:
    """The governance of one control plane."""

    control_plane_id: pulumi.Input[str]
    namespace: str
    """Name of the counters in Redis, of its own for each control plane. Kong would make up a
    random one, which is a change each time."""
    rate_limit: RateLimitArgs | None = None
    """None for no limit."""
    partial_id: pulumi.Input[str] | None = None
    """The Redis partial to count in; None counts in each data plane for itself."""


class Governance(Component):
    """Plugins of a control plane, each named after what it does."""

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

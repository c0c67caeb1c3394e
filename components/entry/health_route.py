"""A route of each control plane that answers health checks.

It proves that the configuration of the control plane has reached the data planes; Kong's own health
path proves only that the proxy runs. No service is behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components.component import Component
from providers import konnect

HEALTH_ROUTE: Final = "/_entry/health"
"""The path, when the settings give no other."""


@dataclass(frozen=True)
class HealthRouteArgs:
    """The health route of one control plane."""

    control_plane_id: pulumi.Input[str]
    path: str = HEALTH_ROUTE


class HealthRoute(Component):
    """A route that request-termination answers with 200. It has no service and no hosts."""

    def __init__(
        self, name: str, args: HealthRouteArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("HealthRoute", name, args, opts)
        route = konnect.GatewayRoute(
            self.name,
            control_plane_id=args.control_plane_id,
            name=self.name,
            paths=[args.path],
            methods=["GET", "HEAD"],
            protocols=["https"],
            opts=self.child(),
        )
        konnect.GatewayPlugin(
            f"{self.name}-answer",
            control_plane_id=args.control_plane_id,
            name="request-termination",
            instance_name=f"{self.name}-answer",
            route={"id": route.id},
            config={
                "status_code": 200,
                "content_type": "application/json",
                "body": '{"status":"ok"}',
            },
            opts=self.child(),
        )
        self.register_outputs({})

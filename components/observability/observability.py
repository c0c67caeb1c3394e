"""The dashboards of an environment in Konnect Analytics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.component import Component
from components.observability.dashboards import DashboardKind, dashboard_definition
from providers import konnect


@dataclass(frozen=True)
class ObservabilityArgs:
    """The dashboards of some control planes."""

    gateway: str
    """The gateway's name. It begins the names of the dashboards: ``<gateway> traffic``."""
    control_plane_ids: Mapping[str, pulumi.Input[str]]
    """By key. Every tile shows their figures only."""
    dashboards: Sequence[DashboardKind] = ("traffic", "ai")
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of the dashboards, at most 49."""


class Observability(Component):
    """The dashboards of a gateway: ``traffic`` of its requests, ``ai`` of its models."""

    def __init__(
        self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("Observability", name, args, opts)
        ids = list(args.control_plane_ids.values())
        self.dashboard_ids: Mapping[DashboardKind, pulumi.Output[str]] = {
            kind: konnect.Dashboard(
                f"{name}-{kind}",
                name=f"{args.gateway} {kind}",
                definition=dashboard_definition(kind, ids),
                labels=dict(args.labels),
                opts=self.child(),
            ).id
            for kind in args.dashboards
        }
        """By kind."""
        self.register_outputs({"dashboard_ids": dict(self.dashboard_ids)})

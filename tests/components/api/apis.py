"""Gateways for the tests of APIs, and APIs on them under Pulumi's mocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.api import Api, ApiArgs, ApiError
from components.api.plan import planned
from providers import konnect
from stacks.contract import (
    ContractAttachment,
    ContractControlPlane,
    ContractLanding,
    ContractOwner,
    ContractRegion,
    GatewayContract,
)
from tests.components.gateway_mocks import World, run_program, unmocked
from tests.event_loops import run_and_close

HTTPS = {"service": {"host": "billing.internal"}, "routes": {"all": {"paths": ["/billing"]}}}


@dataclass
class Plane:
    """A control plane of a gateway for a test."""

    cached: bool = True
    groups: tuple[str, ...] = ()
    id: str = ""


@dataclass
class Shape:
    """A gateway for a test: its control planes, and each region's."""

    planes: Mapping[str, Plane]
    regions: Mapping[str, str]
    version: str | None = "3.13"
    hostnames: Mapping[str, str] = field(default_factory=dict)

    def contract(self) -> GatewayContract:
        """The contract that such a gateway exports."""
        return GatewayContract(
            contract=GatewayContract.VERSION,
            owner=ContractOwner(project="multicloud-gateway", stack="dev"),
            version=self.version,
            control_planes={key: _plane(key, one) for key, one in self.planes.items()},
            regions={key: self._region(key, plane) for key, plane in self.regions.items()},
        )

    def _region(self, key: str, plane: str) -> ContractRegion:
        cloud, _, region = key.partition("-")
        link: Any = ContractAttachment.model_validate({"id": "a", "state": "ready"})
        return ContractRegion.model_validate(
            {
                "cloud": cloud,
                "region": region,
                "control_plane": plane,
                "network_id": "network",
                "cidr": "10.64.0.0/20",
                "landing": ContractLanding.model_validate({"name": "n", "cidr": "10.65.0.0/16"}),
                "hostnames": [self.hostnames.get(key, f"{key}.example")],
                "private_ip_addresses": [],
                "egress_ip_addresses": [],
                "attachments": {"vpc-peering": link},
                "attachment": link,
            }
        )


def _plane(key: str, plane: Plane) -> ContractControlPlane:
    return ContractControlPlane.model_validate(
        {
            "id": plane.id or f"{key}-id",
            "name": key,
            "endpoint": "https://cp",
            "telemetry_endpoint": "https://tp",
            "cache": "managed" if plane.cached else None,
            "cache_partial_id": f"{key}-partial" if plane.cached else None,
            "consumer_groups": {group: f"{key}-{group}" for group in plane.groups},
        }
    )


SHARED = Shape({"main": Plane()}, {"aws-us-east-2": "main", "azure-eastus2": "main"})
"""One control plane for two regions."""
PER_CLOUD = Shape(
    {"aws": Plane(), "azure": Plane(), "gcp": Plane(cached=False)},
    {
        "aws-us-east-2": "aws",
        "aws-eu-west-1": "aws",
        "azure-eastus2": "azure",
        "gcp-us-central1": "gcp",
    },
)
"""One control plane for each cloud; that in GCP has no cache."""


def built(
    shape: Shape, world: World | None = None, *, preview: bool = False, **args: Any
) -> tuple[World, Any]:
    """An API on a gateway under mocks: what was registered, and the outputs of the component."""

    def make(provider: konnect.Provider) -> Any:
        given = ApiArgs(owner="billing", **called({**HTTPS, **args}))
        opts = pulumi.ResourceOptions(provider=provider)
        api = Api("billing", given, shape.contract(), opts)
        return {
            "urls": api.urls,
            "service_ids": api.service_ids,
            "route_ids": api.route_ids,
            "upstream_ids": api.upstream_ids,
            "control_planes": api.control_planes,
        }

    try:
        return run_program(make, world=world, preview=preview)
    finally:
        unmocked()


def called(args: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments, of which some are functions: values with Outputs, which need an event loop."""
    return {key: value() if callable(value) else value for key, value in args.items()}


def problems(shape: Shape, **args: Any) -> list[str]:
    """The lines of the error of an API; empty if it has no problem."""

    async def plan() -> list[str]:
        try:
            given = ApiArgs(**called({"owner": "billing", **HTTPS, **args}))
            planned("billing", given, shape.contract())
        except ApiError as error:
            return str(error).splitlines()
        return []

    return run_and_close(plan())

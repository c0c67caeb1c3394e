"""What an environment exports, and other projects read by stack reference.

Plain JSON with a version: a reader checks `contract` before anything else. Keys of regions
and control planes are the gateway's own (`aws-us-east-2`, `main`) and never change.
"""

from __future__ import annotations

from typing import Any, Final

import pulumi

from components.gateway import GatewayControlPlane, GatewayRegion, MultiCloudGateway

CONTRACT_VERSION: Final = "1.0"
"""Major: something was removed or changed its meaning. Minor: something was added."""


def exports(gateway: MultiCloudGateway) -> dict[str, Any]:
    """The stack outputs of a gateway, by name."""
    return {
        "contract": CONTRACT_VERSION,
        "control_planes": {
            key: _control_plane(plane) for key, plane in gateway.control_planes.items()
        },
        "regions": {key: _region(region) for key, region in gateway.regions.items()},
    }


def _control_plane(plane: GatewayControlPlane) -> dict[str, Any]:
    """``id``, ``name``, where data planes connect, and the Redis partial that plugins may use."""
    return {
        "id": plane.control_plane.id,
        "name": plane.control_plane.name,
        "endpoint": plane.control_plane.control_plane_endpoint,
        "telemetry_endpoint": plane.control_plane.telemetry_endpoint,
        "cache_partial_id": plane.cache_partial_id,
    }


def _region(region: GatewayRegion) -> dict[str, Any]:
    """Where a region is reached and where it calls from."""
    group, attachment = region.group, region.landing.attachment
    return {
        "cloud": region.args.cloud.value,
        "region": region.args.region,
        "control_plane": region.control_plane.key,
        "network_id": region.network.id,
        "cidr": str(region.args.cidr),
        "landing": {"name": region.landing.network_name, "cidr": str(region.args.landing_cidr)},
        "hostnames": group.apply(lambda g: list(g.hostnames)),
        "private_ip_addresses": group.apply(lambda g: list(g.private_ip_addresses)),
        "egress_ip_addresses": group.apply(lambda g: list(g.egress_ip_addresses)),
        "attachment": {
            "id": attachment.apply(lambda a: a.id),
            "state": attachment.apply(lambda a: a.state),
        },
    }


def export(gateway: MultiCloudGateway) -> None:
    """Export a gateway's contract from the running program."""
    for name, value in exports(gateway).items():
        pulumi.export(name, value)

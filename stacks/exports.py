"""The contract of an environment, from the gateway that the program has built.

Apart from the model, because this knows the component, which loads the SDKs of three clouds.
"""

from __future__ import annotations

from typing import Any

import pulumi

from components.gateway import GatewayControlPlane, GatewayRegion, MultiCloudGateway
from stacks.contract import (
    Attachment,
    ControlPlane,
    GatewayContract,
    Landing,
    Owner,
    Region,
)


def exports(gateway: MultiCloudGateway, environment: str | None = None) -> dict[str, Any]:
    """The stack outputs of a gateway in an environment of a class, by name."""
    return contract(gateway, environment).exports()


def contract(gateway: MultiCloudGateway, environment: str | None = None) -> GatewayContract:
    """The contract of a gateway in an environment of a class.

    What is known is checked here (pydantic's ValidationError), the rest once it is known
    (ContractError).
    """
    return GatewayContract(
        contract=GatewayContract.VERSION,
        owner=Owner(project=pulumi.get_project(), stack=pulumi.get_stack()),
        environment=environment,
        geo=gateway.args.geo,
        version=gateway.args.version,
        control_planes={
            key: _control_plane(plane) for key, plane in gateway.control_planes.items()
        },
        regions={key: _region(region) for key, region in gateway.regions.items()},
    )


def _control_plane(plane: GatewayControlPlane) -> ControlPlane:
    return ControlPlane(
        id=plane.control_plane.id,
        name=plane.control_plane.name,
        endpoint=plane.control_plane.control_plane_endpoint,
        telemetry_endpoint=plane.control_plane.telemetry_endpoint,
        cache=plane.cache,
        cache_partial_id=plane.cache_partial_id,
    )


def _region(region: GatewayRegion) -> Region:
    group, attachment = region.group, region.landing.attachment
    return Region(
        cloud=region.args.cloud,
        region=region.args.region,
        control_plane=region.control_plane.key,
        network_id=region.network.id,
        cidr=str(region.args.cidr),
        landing=Landing(name=region.landing.network_name, cidr=str(region.args.landing_cidr)),
        hostnames=group.apply(lambda g: list(g.hostnames)),
        private_ip_addresses=group.apply(lambda g: list(g.private_ip_addresses)),
        egress_ip_addresses=group.apply(lambda g: list(g.egress_ip_addresses)),
        attachment=Attachment(
            id=attachment.apply(lambda a: a.id), state=attachment.apply(lambda a: a.state)
        ),
    )

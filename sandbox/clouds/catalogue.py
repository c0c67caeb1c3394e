"""The three provider packages: their modelled types and functions, and their versions.

The version is that of the SDK that the project pins. The engine warns when they differ.
"""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.clouds import (
    aws_peering,
    aws_ram,
    aws_routing,
    aws_security,
    aws_tgw,
    aws_tgw_routing,
    aws_vpc,
    azure_authorization,
    azure_network,
    azure_security,
    azure_wan,
    gcp_compute,
    gcp_peering,
    gcp_project,
    gcp_redis,
)
from sandbox.clouds.model import Package, ResourceType


def _by_token(*groups: Iterable[ResourceType]) -> dict[str, ResourceType]:
    return {type_.token: type_ for group in groups for type_ in group}


AWS = Package(
    name="aws",
    version="7.51.1",
    cloud="aws",
    types=_by_token(
        aws_vpc.TYPES,
        aws_routing.TYPES,
        aws_security.TYPES,
        aws_tgw.TYPES,
        aws_tgw_routing.TYPES,
        aws_ram.TYPES,
        aws_peering.TYPES,
    ),
    invokes={**aws_peering.INVOKES, **aws_tgw_routing.INVOKES},
)

AZURE = Package(
    name="azure-native",
    version="3.29.0",
    cloud="azure",
    types=_by_token(
        azure_network.TYPES,
        azure_security.TYPES,
        azure_wan.TYPES,
        azure_authorization.TYPES,
    ),
    invokes=azure_authorization.INVOKES,
    records_defaults=False,
)

GCP = Package(
    name="gcp",
    version="10.2.0",
    cloud="gcp",
    types=_by_token(gcp_compute.TYPES, gcp_peering.TYPES, gcp_redis.TYPES),
    invokes=gcp_project.INVOKES,
)

PACKAGES = (AWS, AZURE, GCP)

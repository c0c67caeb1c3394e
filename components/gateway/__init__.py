"""MultiCloudGateway, the component that an environment is made of."""

from components.gateway.args import (
    MultiCloudGatewayArgs,
    RegionArgs,
    control_plane_name,
    network_name,
)
from components.gateway.gateway import MultiCloudGateway
from components.gateway.parts import PlaneOfGateway, RegionOfGateway

__all__ = [
    "MultiCloudGateway",
    "MultiCloudGatewayArgs",
    "PlaneOfGateway",
    "RegionArgs",
    "RegionOfGateway",
    "control_plane_name",
    "network_name",
]

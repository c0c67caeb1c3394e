"""Type tokens of the resources that rules look at, as they stand in a URN."""

from __future__ import annotations

from typing import Final

_KONNECT: Final = "pulumi-python:dynamic/konnect:"

NETWORK: Final = f"{_KONNECT}CloudGatewayNetwork"
CONFIGURATION: Final = f"{_KONNECT}CloudGatewayConfiguration"
ADDON: Final = f"{_KONNECT}CloudGatewayAddon"
ATTACHMENT: Final = f"{_KONNECT}CloudGatewayTransitGateway"
CUSTOM_DOMAIN: Final = f"{_KONNECT}CloudGatewayCustomDomain"
CONTROL_PLANE: Final = f"{_KONNECT}GatewayControlPlane"
SERVICE: Final = f"{_KONNECT}GatewayService"
ROUTE: Final = f"{_KONNECT}GatewayRoute"
PLUGIN: Final = f"{_KONNECT}GatewayPlugin"
PARTIAL: Final = f"{_KONNECT}GatewayPartial"

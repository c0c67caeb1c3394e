"""Pulumi resources for an Aviatrix controller, with the names of Aviatrix's Terraform provider.

`aviatrix_transit_gateway` is `TransitGateway`, and arguments have the Terraform provider's
spelling. State refers to a provider class by its type token (`multicloudgateway.state`).
"""

from providers.aviatrix.account import Account
from providers.aviatrix.attachment import SpokeTransitAttachment
from providers.aviatrix.connection import Connection
from providers.aviatrix.errors import MissingError, RefusedError
from providers.aviatrix.gateways.ha_gateway import HaGateway
from providers.aviatrix.gateways.listing import Gateway
from providers.aviatrix.gateways.settings import TransitGatewaySettings
from providers.aviatrix.gateways.spoke_gateway import SpokeGateway
from providers.aviatrix.gateways.transit_gateway import TransitGateway
from providers.aviatrix.peering import TransitGatewayPeering
from providers.aviatrix.provider import Provider
from providers.aviatrix.vocabulary import CloudType

__all__ = [
    "Account",
    "CloudType",
    "Connection",
    "Gateway",
    "HaGateway",
    "MissingError",
    "Provider",
    "RefusedError",
    "SpokeGateway",
    "SpokeTransitAttachment",
    "TransitGateway",
    "TransitGatewayPeering",
    "TransitGatewaySettings",
]

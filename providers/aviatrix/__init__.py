"""Pulumi resources for an Aviatrix controller, with the names of Aviatrix's Terraform provider.

`aviatrix_transit_gateway` is `TransitGateway`, and arguments have the Terraform provider's
spelling. State refers to a provider class by its type token (`multicloudgateway.state`).
"""

from providers.aviatrix.account import Account
from providers.aviatrix.attachment import SpokeTransitAttachment
from providers.aviatrix.connection import Connection
from providers.aviatrix.errors import MissingError, RefusedError
from providers.aviatrix.external_connection import TransitExternalDeviceConn
from providers.aviatrix.firenet.association import FirewallInstanceAssociation
from providers.aviatrix.firenet.firenet import Firenet
from providers.aviatrix.firenet.firewall_instance import PALO_ALTO, FirewallInstance
from providers.aviatrix.firenet.policy import TransitFirenetPolicy
from providers.aviatrix.gateways.ha_gateway import HaGateway
from providers.aviatrix.gateways.listing import Gateway
from providers.aviatrix.gateways.settings import TransitGatewaySettings
from providers.aviatrix.gateways.spoke_gateway import SpokeGateway
from providers.aviatrix.gateways.transit_gateway import TransitGateway
from providers.aviatrix.peering import TransitGatewayPeering
from providers.aviatrix.provider import Provider
from providers.aviatrix.segmentation.association import SegmentationNetworkDomainAssociation
from providers.aviatrix.segmentation.domain import SegmentationNetworkDomain
from providers.aviatrix.segmentation.policy import SegmentationNetworkDomainConnectionPolicy
from providers.aviatrix.vocabulary import CloudType

__all__ = [
    "PALO_ALTO",
    "Account",
    "CloudType",
    "Connection",
    "Firenet",
    "FirewallInstance",
    "FirewallInstanceAssociation",
    "Gateway",
    "HaGateway",
    "MissingError",
    "Provider",
    "RefusedError",
    "SegmentationNetworkDomain",
    "SegmentationNetworkDomainAssociation",
    "SegmentationNetworkDomainConnectionPolicy",
    "SpokeGateway",
    "SpokeTransitAttachment",
    "TransitExternalDeviceConn",
    "TransitFirenetPolicy",
    "TransitGateway",
    "TransitGatewayPeering",
    "TransitGatewaySettings",
]

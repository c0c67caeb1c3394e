"""Konnect as Pulumi resources: the shim of terraform-provider-konnect.

Names are the Terraform provider's (`konnect_cloud_gateway_network` is
`CloudGatewayNetwork`), attributes have its spelling. Module paths of the provider classes
are part of the state format: state refers to them, so they never move.
"""

from providers.konnect.addon import Addon, CloudGatewayAddon
from providers.konnect.client import Connection
from providers.konnect.configuration import (
    ActualGroup,
    CloudGatewayConfiguration,
    Configuration,
)
from providers.konnect.control_plane import AuthType, ClusterType, GatewayControlPlane
from providers.konnect.errors import (
    AmbiguousWriteError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    DeadlineError,
    FailedStateError,
    ForbiddenError,
    KonnectError,
    MismatchError,
    NotFoundError,
    RateLimitedError,
    ResponseError,
    ServerError,
    StatusError,
    TransportError,
    UnauthorizedError,
    WaitError,
)
from providers.konnect.lookups import (
    ProviderAccount,
    get_availability,
    get_availability_output,
    get_managed_partial_output,
    get_provider_account,
    get_provider_account_output,
    get_provider_accounts,
    get_provider_accounts_output,
)
from providers.konnect.network import CloudGatewayNetwork, Network
from providers.konnect.partial import GatewayPartial
from providers.konnect.plugin import GatewayPlugin
from providers.konnect.provider import Provider
from providers.konnect.route import GatewayRoute
from providers.konnect.service import GatewayService
from providers.konnect.transit_gateway import CloudGatewayTransitGateway, TransitGateway
from providers.konnect.vocabulary import ApiAccess, CacheTier, Cloud, Geo

__all__ = [
    "ActualGroup",
    "Addon",
    "AmbiguousWriteError",
    "ApiAccess",
    "AuthType",
    "BadRequestError",
    "CacheTier",
    "Cloud",
    "CloudGatewayAddon",
    "CloudGatewayConfiguration",
    "CloudGatewayNetwork",
    "CloudGatewayTransitGateway",
    "ClusterType",
    "Configuration",
    "ConfigurationError",
    "ConflictError",
    "Connection",
    "DeadlineError",
    "FailedStateError",
    "ForbiddenError",
    "GatewayControlPlane",
    "GatewayPartial",
    "GatewayPlugin",
    "GatewayRoute",
    "GatewayService",
    "Geo",
    "KonnectError",
    "MismatchError",
    "Network",
    "NotFoundError",
    "Provider",
    "ProviderAccount",
    "RateLimitedError",
    "ResponseError",
    "ServerError",
    "StatusError",
    "TransitGateway",
    "TransportError",
    "UnauthorizedError",
    "WaitError",
    "get_availability",
    "get_availability_output",
    "get_managed_partial_output",
    "get_provider_account",
    "get_provider_account_output",
    "get_provider_accounts",
    "get_provider_accounts_output",
]

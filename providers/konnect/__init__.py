"""Pulumi resources for Konnect, with the names of terraform-provider-konnect.

`konnect_cloud_gateway_network` is `CloudGatewayNetwork`, and attributes have the Terraform
provider's spelling. State refers to a provider class by its type token (`multicloudgateway.state`).
"""

from providers.base.errors import (
    AmbiguousWriteError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    DeadlineError,
    DependentsError,
    FailedStateError,
    ForbiddenError,
    MismatchError,
    NotFoundError,
    ProviderError,
    RateLimitedError,
    ResponseError,
    ServerError,
    StatusError,
    TransportError,
    UnauthorizedError,
    WaitError,
)
from providers.konnect import plugins
from providers.konnect.analytics.dashboard import Dashboard
from providers.konnect.client import Connection
from providers.konnect.cloud_gateways.addon import (
    Addon,
    AddonGroup,
    CacheReferences,
    CloudGatewayAddon,
)
from providers.konnect.cloud_gateways.configuration import CloudGatewayConfiguration, Configuration
from providers.konnect.cloud_gateways.custom_domain import CloudGatewayCustomDomain, CustomDomain
from providers.konnect.cloud_gateways.data_plane_groups import ActualGroup
from providers.konnect.cloud_gateways.network import CloudGatewayNetwork, Network
from providers.konnect.cloud_gateways.private_dns import CloudGatewayPrivateDns, PrivateDns
from providers.konnect.cloud_gateways.serverless import ServerlessCloudGateway
from providers.konnect.cloud_gateways.transit_gateway import (
    CloudGatewayTransitGateway,
    TransitGateway,
)
from providers.konnect.control_planes.control_plane import (
    AuthType,
    ClusterType,
    GatewayControlPlane,
)
from providers.konnect.control_planes.control_plane_membership import GatewayControlPlaneMembership
from providers.konnect.control_planes.data_plane_client_certificate import (
    GatewayDataPlaneClientCertificate,
)
from providers.konnect.control_planes.dependents import GatewayDependents
from providers.konnect.control_planes.origin_secret import GatewayOriginSecret
from providers.konnect.core_entities import health_checks
from providers.konnect.core_entities.acl import GatewayAcl
from providers.konnect.core_entities.basic_auth import GatewayBasicAuth
from providers.konnect.core_entities.ca_certificate import GatewayCaCertificate
from providers.konnect.core_entities.certificate import GatewayCertificate
from providers.konnect.core_entities.config_store import GatewayConfigStore
from providers.konnect.core_entities.config_store_secret import GatewayConfigStoreSecret
from providers.konnect.core_entities.consumer import GatewayConsumer
from providers.konnect.core_entities.consumer_group import GatewayConsumerGroup
from providers.konnect.core_entities.consumer_group_member import GatewayConsumerGroupMember
from providers.konnect.core_entities.custom_plugin_schema import GatewayCustomPluginSchema
from providers.konnect.core_entities.custom_plugin_streaming import GatewayCustomPluginStreaming
from providers.konnect.core_entities.hmac_auth import GatewayHmacAuth
from providers.konnect.core_entities.jwt import GatewayJwt
from providers.konnect.core_entities.key import GatewayKey
from providers.konnect.core_entities.key_auth import GatewayKeyAuth
from providers.konnect.core_entities.key_set import GatewayKeySet
from providers.konnect.core_entities.mtls_auth import GatewayMtlsAuth
from providers.konnect.core_entities.partial import GatewayPartial
from providers.konnect.core_entities.plugin import GatewayPlugin
from providers.konnect.core_entities.route import GatewayRoute
from providers.konnect.core_entities.service import GatewayService
from providers.konnect.core_entities.sni import GatewaySni
from providers.konnect.core_entities.target import GatewayTarget
from providers.konnect.core_entities.upstream import GatewayUpstream
from providers.konnect.core_entities.vault import GatewayVault, vault_reference
from providers.konnect.identity.lookups import (
    Account,
    Team,
    get_system_account,
    get_system_account_access_tokens,
    get_system_account_access_tokens_output,
    get_system_account_output,
    get_system_accounts,
    get_system_accounts_output,
    get_team,
    get_team_output,
    get_teams,
    get_teams_output,
)
from providers.konnect.identity.system_account import SystemAccount
from providers.konnect.identity.system_account_access_token import SystemAccountAccessToken
from providers.konnect.identity.system_account_role import SystemAccountRole
from providers.konnect.identity.system_account_team import SystemAccountTeam
from providers.konnect.live import (
    LiveObjects,
    get_live_attachments,
    get_live_entities,
    get_live_objects,
    get_live_plugins,
)
from providers.konnect.lookups import (
    ControlPlane,
    PlatformIpAddresses,
    ProviderAccount,
    ResourceQuota,
    get_availability,
    get_availability_output,
    get_control_plane,
    get_control_plane_output,
    get_control_planes,
    get_control_planes_output,
    get_managed_partial_output,
    get_network,
    get_network_output,
    get_networks,
    get_networks_output,
    get_platform_ip_addresses,
    get_platform_ip_addresses_output,
    get_provider_account,
    get_provider_account_output,
    get_provider_accounts,
    get_provider_accounts_output,
    get_resource_quotas,
    get_resource_quotas_output,
)
from providers.konnect.mesh.lookups import (
    MeshControlPlane,
    get_mesh_control_planes,
    get_mesh_control_planes_output,
)
from providers.konnect.provider import Provider
from providers.konnect.vocabulary import ApiAccess, CacheTier, Cloud, Geo

__all__ = [
    "Account",
    "ActualGroup",
    "Addon",
    "AddonGroup",
    "AmbiguousWriteError",
    "ApiAccess",
    "AuthType",
    "BadRequestError",
    "CacheReferences",
    "CacheTier",
    "Cloud",
    "CloudGatewayAddon",
    "CloudGatewayConfiguration",
    "CloudGatewayCustomDomain",
    "CloudGatewayNetwork",
    "CloudGatewayPrivateDns",
    "CloudGatewayTransitGateway",
    "ClusterType",
    "Configuration",
    "ConfigurationError",
    "ConflictError",
    "Connection",
    "ControlPlane",
    "CustomDomain",
    "Dashboard",
    "DeadlineError",
    "DependentsError",
    "FailedStateError",
    "ForbiddenError",
    "GatewayAcl",
    "GatewayBasicAuth",
    "GatewayCaCertificate",
    "GatewayCertificate",
    "GatewayConfigStore",
    "GatewayConfigStoreSecret",
    "GatewayConsumer",
    "GatewayConsumerGroup",
    "GatewayConsumerGroupMember",
    "GatewayControlPlane",
    "GatewayControlPlaneMembership",
    "GatewayCustomPluginSchema",
    "GatewayCustomPluginStreaming",
    "GatewayDataPlaneClientCertificate",
    "GatewayDependents",
    "GatewayHmacAuth",
    "GatewayJwt",
    "GatewayKey",
    "GatewayKeyAuth",
    "GatewayKeySet",
    "GatewayMtlsAuth",
    "GatewayOriginSecret",
    "GatewayPartial",
    "GatewayPlugin",
    "GatewayRoute",
    "GatewayService",
    "GatewaySni",
    "GatewayTarget",
    "GatewayUpstream",
    "GatewayVault",
    "Geo",
    "LiveObjects",
    "MeshControlPlane",
    "MismatchError",
    "Network",
    "NotFoundError",
    "PlatformIpAddresses",
    "PrivateDns",
    "Provider",
    "ProviderAccount",
    "ProviderError",
    "RateLimitedError",
    "ResourceQuota",
    "ResponseError",
    "ServerError",
    "ServerlessCloudGateway",
    "StatusError",
    "SystemAccount",
    "SystemAccountAccessToken",
    "SystemAccountRole",
    "SystemAccountTeam",
    "Team",
    "TransitGateway",
    "TransportError",
    "UnauthorizedError",
    "WaitError",
    "get_availability",
    "get_availability_output",
    "get_control_plane",
    "get_control_plane_output",
    "get_control_planes",
    "get_control_planes_output",
    "get_live_attachments",
    "get_live_entities",
    "get_live_objects",
    "get_live_plugins",
    "get_managed_partial_output",
    "get_mesh_control_planes",
    "get_mesh_control_planes_output",
    "get_network",
    "get_network_output",
    "get_networks",
    "get_networks_output",
    "get_platform_ip_addresses",
    "get_platform_ip_addresses_output",
    "get_provider_account",
    "get_provider_account_output",
    "get_provider_accounts",
    "get_provider_accounts_output",
    "get_resource_quotas",
    "get_resource_quotas_output",
    "get_system_account",
    "get_system_account_access_tokens",
    "get_system_account_access_tokens_output",
    "get_system_account_output",
    "get_system_accounts",
    "get_system_accounts_output",
    "get_team",
    "get_team_output",
    "get_teams",
    "get_teams_output",
    "health_checks",
    "plugins",
    "vault_reference",
]

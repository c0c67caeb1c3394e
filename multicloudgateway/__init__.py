"""The names that other projects import: the component, Konnect's resources, and the contracts.

    from multicloudgateway import GatewayContract, MultiCloudGateway, aviatrix, konnect

A name is loaded when it is first used. So a project that only reads the contract loads no cloud's
SDK. The folder is also the Pulumi package `multicloudgateway`, for programs in other languages.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from components.api import Api, ApiArgs
    from components.cache.aws_redis import AwsRedis, AwsRedisArgs
    from components.cache.azure_redis import AzureRedis, AzureRedisArgs, EntraLogin
    from components.cache.managed import ManagedCache, ManagedCacheArgs
    from components.cache.regional import RegionalCache, RegionalCacheArgs
    from components.cache.wiring import wire
    from components.gateway import MultiCloudGateway, MultiCloudGatewayArgs, RegionArgs
    from components.governance import RateLimitArgs
    from components.placement import Placement
    from components.regions import CacheTier
    from components.release import Release, ReleaseArgs
    from providers import aviatrix, konnect
    from stacks.contract import GatewayContract
    from stacks.networks import AwsNetwork, AzureNetwork, GcpNetwork, Network, NetworkContract
    from stacks.references import ContractError

__all__ = [
    "Api",
    "ApiArgs",
    "AwsNetwork",
    "AwsRedis",
    "AwsRedisArgs",
    "AzureNetwork",
    "AzureRedis",
    "AzureRedisArgs",
    "CacheTier",
    "ContractError",
    "EntraLogin",
    "GatewayContract",
    "GcpNetwork",
    "ManagedCache",
    "ManagedCacheArgs",
    "MultiCloudGateway",
    "MultiCloudGatewayArgs",
    "Network",
    "NetworkContract",
    "Placement",
    "RateLimitArgs",
    "RegionArgs",
    "RegionalCache",
    "RegionalCacheArgs",
    "Release",
    "ReleaseArgs",
    "aviatrix",
    "konnect",
    "wire",
]

_MODULES = {
    "Api": "components.api",
    "ApiArgs": "components.api",
    "AwsNetwork": "stacks.networks",
    "AwsRedis": "components.cache.aws_redis",
    "AwsRedisArgs": "components.cache.aws_redis",
    "AzureNetwork": "stacks.networks",
    "AzureRedis": "components.cache.azure_redis",
    "AzureRedisArgs": "components.cache.azure_redis",
    "CacheTier": "components.regions",
    "ContractError": "stacks.references",
    "EntraLogin": "components.cache.azure_redis",
    "GatewayContract": "stacks.contract",
    "GcpNetwork": "stacks.networks",
    "ManagedCache": "components.cache.managed",
    "ManagedCacheArgs": "components.cache.managed",
    "MultiCloudGateway": "components.gateway",
    "MultiCloudGatewayArgs": "components.gateway",
    "Network": "stacks.networks",
    "NetworkContract": "stacks.networks",
    "Placement": "components.placement",
    "RateLimitArgs": "components.governance",
    "RegionArgs": "components.gateway",
    "RegionalCache": "components.cache.regional",
    "RegionalCacheArgs": "components.cache.regional",
    "Release": "components.release",
    "ReleaseArgs": "components.release",
    "aviatrix": "providers.aviatrix",
    "konnect": "providers.konnect",
    "wire": "components.cache.wiring",
}


def __getattr__(name: str) -> Any:
    """Load the module of a name. Python calls this only for names that are not loaded yet.

    Raises ``AttributeError`` for a name that is not in ``__all__``. Raises ``pulumi.RunError``,
    which a program shows as one line, when Python finds another project's package under a name
    that this project uses.
    """
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from multicloudgateway import state

    try:
        state.require_own_packages()
    except ImportError as error:
        import pulumi

        raise pulumi.RunError(str(error)) from None
    module = importlib.import_module(_MODULES[name])
    value = module if name in ("aviatrix", "konnect") else getattr(module, name)
    globals()[name] = value
    return value

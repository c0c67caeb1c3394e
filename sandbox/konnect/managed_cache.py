"""The connection settings of a managed cache: references to environment variables.

The API never shows the address of a cache. Konnect sets variables in each data plane and the
settings refer to them, so one partial works in every region. For the cache of a control
plane, Konnect creates a ``redis-ee`` partial; its id is the ``cache_config_id``.
"""

from __future__ import annotations

from collections.abc import Collection

from sandbox.store import Body

PARTIAL_TAG = "konnect-managed"
PROVIDERS = ("aws", "azure")

TIERS = {
    "micro": 0.5,
    "small": 1,
    "medium": 3,
    "large": 6,
    "xlarge": 12,
    "2xlarge": 25,
    "4xlarge": 52,
    "8xlarge": 100,
    "12xlarge": 150,
    "16xlarge": 200,
    "24xlarge": 300,
}
"""Tier -> approximate size in GiB, smallest first."""

_AUTHENTICATION = {
    "aws": ("aws_cache_name", "aws_region", "aws_assume_role_arn"),
    "azure": ("azure_tenant_id",),
}


def _reference(name: str) -> str:
    return f"{{vault://env/ADDON_MANAGED_CACHE_{name.upper()}}}"


def _authentication(providers: Collection[str]) -> Body:
    """References to the credentials of a data plane, for the clouds of its groups.

    Kong documents each cloud alone. For both clouds, or none yet, the result has both sets.
    """
    clouds = [cloud for cloud in PROVIDERS if cloud in providers] or list(PROVIDERS)
    names = ["auth_provider", *(name for cloud in clouds for name in _AUTHENTICATION[cloud])]
    return {name: _reference(name) for name in names}


def state_metadata(cache_config_id: str, providers: Collection[str]) -> Body:
    """``config.state_metadata`` of a ready add-on."""
    return {
        "cache_config_id": cache_config_id,
        "cache_host": _reference("host"),
        "cache_port": _reference("port"),
        "cache_username": _reference("username"),
        "cache_server_name": _reference("server_name"),
        "cloud_authentication": _authentication(providers),
    }


def partial(cache_config_id: str, providers: Collection[str]) -> Body:
    """The partial of a control plane's cache, without its timestamps."""
    authentication = _authentication(providers)
    if "aws_cache_name" in authentication:  # the cache is ElastiCache; the schema's default is true
        authentication["aws_is_serverless"] = False
    return {
        "id": cache_config_id,
        "name": f"{PARTIAL_TAG}-{cache_config_id}",
        "type": "redis-ee",
        "tags": [PARTIAL_TAG],
        "config": {
            "host": _reference("host"),
            "port": _reference("port"),
            "username": _reference("username"),
            "server_name": _reference("server_name"),
            "ssl": True,
            "ssl_verify": True,
            "database": 0,
            "connect_timeout": 2000,
            "read_timeout": 5000,
            "send_timeout": 2000,
            "keepalive_pool_size": 256,
            "keepalive_backlog": 512,
            "cluster_max_redirections": 5,
            "connection_is_proxied": False,
            "cloud_authentication": authentication,
        },
    }

"""The managed cache as its plugins see it: references to environment variables.

The API never tells where a cache is. Konnect injects variables into each data plane and
hands out references to them, so one partial serves every region. A control plane owner
gets a ``redis-ee`` partial made automatically; its id is the ``cache_config_id``.
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
"""Tier -> about how many GiB, smallest first."""

_AUTHENTICATION = {
    "aws": ("aws_cache_name", "aws_region", "aws_assume_role_arn"),
    "azure": ("azure_tenant_id",),
}


def _reference(name: str) -> str:
    return f"{{vault://env/ADDON_MANAGED_CACHE_{name.upper()}}}"


def _authentication(providers: Collection[str]) -> Body:
    """References to what a data plane logs in with, for the clouds of its groups.

    Kong documents either cloud alone; for both, or none yet, it is the union of the two.
    """
    clouds = [cloud for cloud in PROVIDERS if cloud in providers] or list(PROVIDERS)
    names = ["auth_provider", *(name for cloud in clouds for name in _AUTHENTICATION[cloud])]
    return {name: _reference(name) for name in names}


def state_metadata(cache_config_id: str, providers: Collection[str]) -> Body:
    """``config.state_metadata`` of an add-on that is ready."""
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
    if "aws_cache_name" in authentication:  # ElastiCache, while the schema defaults to serverless
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

"""What Kong's schemas say of plugins and partials: where partials go, what is a credential.

Konnect publishes neither in its API's document: both are marks in the schemas of the plugins
(`x-supported-partials`, `x-encrypted`), of which this is Gateway 3.15.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_REDIS_CE: Final = {"redis-ce": "config.redis"}
_REDIS_EE: Final = {"redis-ee": "config.redis"}
_SEMANTIC: Final = {"embeddings": "config.embeddings", "vectordb": "config.vectordb"}

PARTIAL_PATHS: Final[Mapping[str, Mapping[str, str]]] = {
    "ace": {"redis-ee": "config.rate_limiting.redis"},
    "acme": {"redis-ce": "config.storage_config.redis"},
    "ai-llm-as-judge": {"model": "config.llm"},
    "ai-proxy-advanced": {**_SEMANTIC, "model": "config.targets[]"},
    "ai-rag-injector": _SEMANTIC,
    "ai-rate-limiting-advanced": _REDIS_EE,
    "ai-request-transformer": {"model": "config.llm"},
    "ai-semantic-cache": _SEMANTIC,
    "ai-semantic-prompt-guard": _SEMANTIC,
    "basic-auth": {"redis-ce": "config.brute_force_protection.redis"},
    "datakit": {"redis-ee": "config.resources.cache.redis"},
    "graphql-proxy-cache-advanced": _REDIS_EE,
    "graphql-rate-limiting-advanced": _REDIS_EE,
    "openid-connect": _REDIS_EE,
    "proxy-cache-advanced": _REDIS_EE,
    "rate-limiting": _REDIS_CE,
    "rate-limiting-advanced": _REDIS_EE,
    "response-ratelimiting": _REDIS_CE,
    "saml": _REDIS_EE,
    "service-protection": _REDIS_EE,
    "upstream-oauth": {"redis-ee": "config.cache.redis"},
}
"""Plugin -> type of partial -> where it goes; ``[]`` is an item of a list."""

_CLOUD: Final = frozenset(
    f"cloud_authentication.{name}"
    for name in (
        "aws_access_key_id",
        "aws_assume_role_arn",
        "aws_role_session_name",
        "aws_secret_access_key",
        "azure_client_id",
        "azure_client_secret",
        "azure_tenant_id",
        "gcp_service_account_json",
    )
)
_MODEL: Final = frozenset(
    f"auth.{name}"
    for name in (
        "aws_access_key_id",
        "aws_secret_access_key",
        "azure_client_secret",
        "gcp_service_account_json",
        "header_value",
        "param_value",
    )
)


def _below(path: str, names: frozenset[str]) -> frozenset[str]:
    return frozenset(f"{path}.{name}" for name in names)


_CE: Final = _CLOUD | {"password"}
_EE: Final = _CE | {"sentinel_password"}
_VECTORS: Final = _below("redis", _EE) | {"pgvector.password"}

PARTIAL_CREDENTIALS: Final[Mapping[str, frozenset[str]]] = {
    "redis-ce": _CE,
    "redis-ee": _EE,
    "vectordb": _VECTORS,
    "embeddings": _MODEL,
    "model": _MODEL,
}
"""Type of partial -> paths in its config that hold credentials. Source: `Partial*`."""

_IN_REDIS_CE: Final = _below("redis", _CE)
_IN_REDIS_EE: Final = _below("redis", _EE)
_IN_SEMANTIC: Final = _below("embeddings", _MODEL) | _below("vectordb", _VECTORS)
_JWK: Final = frozenset({"d", "dp", "dq", "k", "oth", "p", "q", "qi", "r", "t"})
_NONE: Final = frozenset[str]()

PLUGIN_CREDENTIALS: Final[Mapping[str, frozenset[str]]] = {
    "acl": _NONE,
    "ai-prompt-guard": _NONE,
    "ai-proxy": _MODEL,
    "ai-proxy-advanced": _IN_SEMANTIC | _below("targets[]", _MODEL),
    "ai-rate-limiting-advanced": _IN_REDIS_EE,
    "ai-semantic-cache": _IN_SEMANTIC,
    "ai-semantic-prompt-guard": _IN_SEMANTIC,
    "canary": _NONE,
    "correlation-id": _NONE,
    "cors": _NONE,
    "graphql-rate-limiting-advanced": _IN_REDIS_EE,
    "http-log": frozenset({"http_endpoint", "headers"}),
    "ip-restriction": _NONE,
    "jwt": _NONE,
    "key-auth": _NONE,
    "mtls-auth": _NONE,
    "openid-connect": (
        _IN_REDIS_EE
        | _below("cluster_cache_redis", _EE)
        | _below("client_jwk[]", _JWK)
        | {"client_id", "client_secret", "introspection_headers_values", "session_secret"}
    ),
    "opentelemetry": frozenset({"headers"}),
    "prometheus": _NONE,
    "proxy-cache-advanced": _IN_REDIS_EE,
    "rate-limiting": _IN_REDIS_CE,
    "rate-limiting-advanced": _IN_REDIS_EE,
    "request-size-limiting": _NONE,
    "request-transformer-advanced": _NONE,
    "response-ratelimiting": _IN_REDIS_CE,
    "route-by-header": _NONE,
    "saml": _IN_REDIS_EE
    | {
        "idp_certificate",
        "request_signing_certificate",
        "request_signing_key",
        "response_encryption_key",
        "session_secret",
    },
    "service-protection": _IN_REDIS_EE,
    "upstream-oauth": (
        _below("cache.redis", _EE)
        | _below("oauth", frozenset({"client_id", "client_secret", "password", "username"}))
    ),
}
"""Plugin -> paths in its config that hold credentials. Of others the names must tell.

Kong marks no ``headers`` of what is sent to a collector, though they are made for its token.
"""

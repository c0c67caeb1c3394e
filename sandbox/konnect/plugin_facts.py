"""What is known of the plugins: their names, what they need, what Kong fills in.

Names of the plugins that Konnect offers, which of them take which partial where, and
required settings and scalar defaults of those that a platform is likely to use. Anything
else in a ``config`` is taken as it comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMES = """
    ace acl acme ai-aws-guardrails ai-azure-content-safety ai-custom-guardrail
    ai-gcp-model-armor ai-lakera-guard ai-llm-as-judge ai-mcp-oauth2 ai-mcp-proxy
    ai-prompt-compressor ai-prompt-decorator ai-prompt-guard ai-prompt-template ai-proxy
    ai-proxy-advanced ai-rag-injector ai-rate-limiting-advanced ai-request-transformer
    ai-response-transformer ai-sanitizer ai-semantic-cache ai-semantic-prompt-guard
    ai-semantic-response-guard app-dynamics aws-lambda azure-functions basic-auth
    bot-detection canary confluent confluent-consume correlation-id cors datadog datakit
    degraphql exit-transformer file-log forward-proxy graphql-proxy-cache-advanced
    graphql-rate-limiting-advanced grpc-gateway grpc-web header-cert-auth hmac-auth http-log
    injection-protection ip-restriction jq json-threat-protection jwe-decrypt jwt
    kafka-consume kafka-log kafka-upstream key-auth konnect-application-auth ldap-auth
    ldap-auth-advanced loggly metering-and-billing mocking mtls-auth oas-validation
    oauth2-introspection opa openid-connect opentelemetry post-function pre-function
    prometheus proxy-cache proxy-cache-advanced rate-limiting rate-limiting-advanced redirect
    request-callout request-size-limiting request-termination request-transformer
    request-transformer-advanced request-validator response-ratelimiting
    response-transformer response-transformer-advanced route-by-header
    route-transformer-advanced saml service-protection session solace-consume solace-log
    solace-upstream standard-webhooks statsd syslog tcp-log tls-handshake-modifier
    tls-metadata-headers udp-log upstream-oauth upstream-timeout websocket-size-limit
    websocket-validator xml-threat-protection zipkin
"""
KNOWN = frozenset(_NAMES.split())


_REDIS_CE = {"redis-ce": "config.redis"}
_REDIS_EE = {"redis-ee": "config.redis"}
_SEMANTIC = {"embeddings": "config.embeddings", "vectordb": "config.vectordb"}

PARTIAL_PLACES: Mapping[str, Mapping[str, str]] = {
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
"""Plugin -> type of partial -> its path; a path that ends in ``[]`` adds an item to a list."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "ai-llm-as-judge": ("llm",),
    "ai-proxy": ("model", "route_type"),
    "ai-proxy-advanced": ("targets",),
    "ai-rag-injector": ("embeddings", "vectordb"),
    "ai-request-transformer": ("llm", "prompt"),
    "ai-semantic-cache": ("embeddings", "vectordb"),
    "ai-semantic-prompt-guard": ("embeddings", "vectordb"),
    "graphql-rate-limiting-advanced": ("limit", "sync_rate", "window_size"),
    "http-log": ("http_endpoint",),
    "mtls-auth": ("ca_certificates",),
    "openid-connect": ("issuer",),
    "proxy-cache-advanced": ("strategy",),
    "rate-limiting-advanced": ("limit", "window_size"),
    "saml": ("assertion_consumer_path", "idp_sso_url", "issuer", "session_secret"),
    "service-protection": ("limit", "window_size"),
    "upstream-oauth": ("oauth",),
}

_WINDOWS: dict[str, Any] = {
    "dictionary_name": "kong_rate_limiting_counters",
    "disable_penalty": False,
    "error_code": 429,
    "error_message": "API rate limit exceeded",
    "hide_client_headers": False,
    "lock_dictionary_name": "kong_locks",
    "retry_after_jitter_max": 0,
    "strategy": "local",
    "window_type": "sliding",
}

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "correlation-id": {
        "echo_downstream": False,
        "generator": "uuid#counter",
        "header_name": "Kong-Request-ID",
    },
    "cors": {
        "allow_origin_absent": True,
        "credentials": False,
        "preflight_continue": False,
        "private_network": False,
    },
    "http-log": {
        "content_type": "application/json",
        "keepalive": 60000,
        "method": "POST",
        "ssl_verify": True,
        "timeout": 10000,
    },
    "key-auth": {
        "hide_credentials": True,
        "key_in_body": False,
        "key_in_header": True,
        "key_in_query": True,
        "key_names": ["apikey"],
        "run_on_preflight": True,
    },
    "proxy-cache-advanced": {
        "bypass_on_err": False,
        "cache_control": False,
        "cache_ttl": 300,
        "ignore_uri_case": False,
        "request_method": ["GET", "HEAD"],
        "response_code": [200, 301, 404],
    },
    "rate-limiting": {
        "error_code": 429,
        "error_message": "API rate limit exceeded",
        "fault_tolerant": True,
        "hide_client_headers": False,
        "limit_by": "consumer",
        "policy": "local",
        "sync_rate": -1,
    },
    "rate-limiting-advanced": {
        **_WINDOWS,
        "enforce_consumer_groups": False,
        "identifier": "consumer",
    },
    "request-size-limiting": {
        "allowed_payload_size": 128,
        "require_content_length": False,
        "size_unit": "megabytes",
    },
    "service-protection": _WINDOWS,
}

WINDOWED = frozenset(
    {"graphql-rate-limiting-advanced", "rate-limiting-advanced", "service-protection"}
)
"""Plugins that pair limits with window sizes."""

SYNCHRONISED = frozenset({"rate-limiting-advanced", "service-protection"})
"""Those of them whose counters are local or in Redis; the third defaults to ``cluster``."""

"""Functions that create the common plugins, with typed arguments. Each returns a `GatewayPlugin`.

`GatewayPlugin` itself takes any plugin, with its config as a mapping. These functions name the
settings that most APIs need, with types and units.

- Each argument sets the field of the plugin's config that has the same name. If it is omitted,
  Kong's default applies.
- ``config`` is a mapping of all other fields.
- ``redis`` is the id of a Redis partial, of type redis-ee if the function names no other. The
  plugin then keeps its counters, cache or sessions in that Redis.
- ``embeddings`` and ``vectordb`` are ids of partials of these types.
- Each function takes only the scopes that its plugin supports.

Raises `ProviderError` if a field is given both as an argument and in ``config``, or if ``redis``
is given beside another strategy.
Source: the schemas of the plugins, Gateway 3.15.
"""

from providers.konnect.plugins.ai import (
    ai_a2a_proxy,
    ai_mcp_proxy,
    ai_proxy_advanced,
    ai_rate_limiting_advanced,
)
from providers.konnect.plugins.ai_prompts import (
    ai_prompt_decorator,
    ai_prompt_guard,
    ai_sanitizer,
    ai_semantic_cache,
    ai_semantic_prompt_guard,
)
from providers.konnect.plugins.authentication import (
    acl,
    basic_auth,
    hmac_auth,
    jwt,
    key_auth,
    mtls_auth,
    openid_connect,
    upstream_oauth,
)
from providers.konnect.plugins.rate_limits import (
    rate_limiting,
    rate_limiting_advanced,
    response_ratelimiting,
    service_protection,
)
from providers.konnect.plugins.telemetry import http_log, opentelemetry
from providers.konnect.plugins.traffic import (
    bot_detection,
    canary,
    correlation_id,
    cors,
    ip_restriction,
    proxy_cache_advanced,
    request_size_limiting,
    request_termination,
)
from providers.konnect.plugins.transformations import (
    request_transformer,
    request_transformer_advanced,
    request_validator,
    response_transformer,
    response_transformer_advanced,
)

__all__ = [
    "acl",
    "ai_a2a_proxy",
    "ai_mcp_proxy",
    "ai_prompt_decorator",
    "ai_prompt_guard",
    "ai_proxy_advanced",
    "ai_rate_limiting_advanced",
    "ai_sanitizer",
    "ai_semantic_cache",
    "ai_semantic_prompt_guard",
    "basic_auth",
    "bot_detection",
    "canary",
    "correlation_id",
    "cors",
    "hmac_auth",
    "http_log",
    "ip_restriction",
    "jwt",
    "key_auth",
    "mtls_auth",
    "openid_connect",
    "opentelemetry",
    "proxy_cache_advanced",
    "rate_limiting",
    "rate_limiting_advanced",
    "request_size_limiting",
    "request_termination",
    "request_transformer",
    "request_transformer_advanced",
    "request_validator",
    "response_ratelimiting",
    "response_transformer",
    "response_transformer_advanced",
    "service_protection",
    "upstream_oauth",
]

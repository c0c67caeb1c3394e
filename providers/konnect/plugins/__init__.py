"""Functions that create the common plugins, with typed arguments. Each returns a `GatewayPlugin`.

`GatewayPlugin` itself takes any plugin, with its config as a mapping. These functions name the
settings that most APIs need, with types and units.

- Each argument sets the field of the plugin's config that has the same name. If it is omitted,
  Kong's default applies.
- ``config`` is a mapping of all other fields.
- ``redis`` is the id of a Redis partial. The plugin then keeps its counters, cache or sessions
  in that Redis.
- Each function takes only the scopes that its plugin supports.

Raises `ProviderError` if a field is given both as an argument and in ``config``.
Source: the schemas of the plugins, Gateway 3.15.
"""

from providers.konnect.plugins.ai import (
    ai_prompt_guard,
    ai_proxy_advanced,
    ai_rate_limiting_advanced,
)
from providers.konnect.plugins.authentication import acl, jwt, key_auth, mtls_auth, openid_connect
from providers.konnect.plugins.traffic import (
    correlation_id,
    cors,
    ip_restriction,
    opentelemetry,
    proxy_cache_advanced,
    rate_limiting_advanced,
    request_size_limiting,
    service_protection,
)

__all__ = [
    "acl",
    "ai_prompt_guard",
    "ai_proxy_advanced",
    "ai_rate_limiting_advanced",
    "correlation_id",
    "cors",
    "ip_restriction",
    "jwt",
    "key_auth",
    "mtls_auth",
    "openid_connect",
    "opentelemetry",
    "proxy_cache_advanced",
    "rate_limiting_advanced",
    "request_size_limiting",
    "service_protection",
]

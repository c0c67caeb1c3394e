"""The plugins that govern an API, each a function with typed arguments.

`GatewayPlugin` takes any plugin with its config as a mapping; here the settings that most
APIs need have names, types and units. An argument is the field of the config with its name,
and one that is not written is left to Kong's default. ``config`` takes all other fields, and
``redis`` the id of a Redis partial, with which the plugin counts, caches or keeps its sessions
there. Each function takes only the scopes that the plugin has, and returns the resource.

Source: the schemas of the plugins, Gateway 3.15. A field that is written twice, as an argument
and in ``config``, raises `ProviderError`.
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

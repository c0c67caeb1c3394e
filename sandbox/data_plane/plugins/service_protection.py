"""service-protection: limits all requests to a service per window, whoever sends them.

Source: https://developer.konghq.com/plugins/service-protection/. It counts as
rate-limiting-advanced does.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.data_plane.plugins.rate_limiting_advanced import limited
from sandbox.store import Body

NAME = "service-protection"
PRIORITY = 901
FIELDS = frozenset(
    {
        "dictionary_name",
        "disable_penalty",
        "error_code",
        "error_message",
        "hide_client_headers",
        "limit",
        "lock_dictionary_name",
        "namespace",
        "redis",
        "retry_after_jitter_max",
        "strategy",
        "sync_rate",
        "window_size",
        "window_type",
    }
)


async def access(
    x: Exchange, config: Body, chance: Callable[[], float] = random.random
) -> Answer | None:
    """Count the request. Refuse it if one of the limits is exceeded."""
    key = str(x.service["id"]) if x.service else "none"
    return await limited(x, config, key, chance)

"""rate-limiting-advanced: limits the requests per window, for each consumer, address or other key.

Source: https://developer.konghq.com/plugins/rate-limiting-advanced/. The counters are in
``sandbox.data_plane.counting``.

Kong does not document which headers ``hide_client_headers`` leaves. Here it hides the limits and
what remains; a refused request keeps ``RateLimit-Reset`` and ``Retry-After``, as documented for
the policy of the same name of Kong's AI Gateway.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from sandbox.data_plane.counting import Sharing, Usage, count, counter_key, window_name
from sandbox.data_plane.exchange import Answer, Exchange, refused
from sandbox.store import Body

NAME = "rate-limiting-advanced"
PRIORITY = 910
FIELDS = frozenset(
    {
        "compound_identifier",
        "counter_key",
        "dictionary_name",
        "disable_penalty",
        "error_code",
        "error_message",
        "header_name",
        "hide_client_headers",
        "identifier",
        "limit",
        "lock_dictionary_name",
        "namespace",
        "path",
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
    """Count the request. Refuse it if one of the limits is exceeded.

    ``chance`` is a number from 0 to 1, for ``retry_after_jitter_max``.
    """
    return await limited(x, config, counter_key(x, config), chance)


async def limited(
    x: Exchange, config: Body, key: str, chance: Callable[[], float]
) -> Answer | None:
    """Count the request under a key, and refuse it if one of the limits is exceeded."""
    sharing = Sharing.of(config)
    sliding = config["window_type"] == "sliding"
    limits = list(zip(config["limit"], config["window_size"], strict=True))
    used = await count(x.node, sharing, key, limits, 1, sliding=sliding)
    denied = any(one.exceeded for one in used)
    if denied and sliding and config["disable_penalty"]:
        await count(x.node, sharing, key, limits, -1, sliding=sliding)
    if not config["hide_client_headers"]:
        _set_headers(x, used)
    return _refused(x, config, used, chance()) if denied else None


def _set_headers(x: Exchange, used: Sequence[Usage]) -> None:
    """Tell the client its limits. ``RateLimit-*`` are of the window with the least left."""
    for one in used:
        name = window_name(one.size)
        x.response_headers[f"X-RateLimit-Limit-{name}"] = _number(one.limit)
        x.response_headers[f"X-RateLimit-Remaining-{name}"] = str(one.remaining)
    least = min(used, key=lambda one: (one.remaining, -one.reset))
    x.response_headers["RateLimit-Limit"] = _number(least.limit)
    x.response_headers["RateLimit-Remaining"] = str(least.remaining)
    x.response_headers["RateLimit-Reset"] = str(least.reset)


def _refused(x: Exchange, config: Body, used: Sequence[Usage], part: float) -> Answer:
    reset = max(one.reset for one in used if one.exceeded)
    jitter = math.floor(part * float(config["retry_after_jitter_max"]))
    x.response_headers["RateLimit-Reset"] = str(reset)
    x.response_headers["Retry-After"] = str(reset + jitter)
    return refused(int(config["error_code"]), str(config["error_message"]))


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)

"""canary: sends a part of the requests to another upstream.

Requests are in ``steps`` buckets, by a hash of the consumer, the address or a header, or in turn.
The first buckets go to the canary: a fixed percentage of them, or more and more over a time.

Source: https://developer.konghq.com/plugins/canary/. Kong does not document the hash; here it is
CRC-32. ``upstream_fallback`` is not played: plugins do not know the health of targets.
"""

from __future__ import annotations

import math
import zlib

from sandbox.data_plane.consumers import acl_groups_of
from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.store import Body

NAME = "canary"
PRIORITY = 20
FIELDS = frozenset(
    {
        "canary_by_header_name",
        "duration",
        "groups",
        "hash",
        "hash_header",
        "percentage",
        "start",
        "steps",
        "upstream_host",
        "upstream_port",
        "upstream_uri",
    }
)

_MEMORY = "canary"
"""The first part of the key in a node's memory of the bucket of the last request."""


async def access(x: Exchange, config: Body) -> Answer | None:
    """Send the request to the canary, if it is one of those that go there."""
    is_canary = _is_canary(x, config)
    x.facts["canary"] = is_canary
    if not is_canary:
        return None
    host, port = config.get("upstream_host"), config.get("upstream_port")
    if host or port:
        service = x.service or {}
        scheme = "https" if service.get("protocol") in ("https", "grpcs", "tls") else "http"
        host = host or service.get("host")
        x.upstream = f"{scheme}://{host}:{port or service.get('port') or 80}"
    if config.get("upstream_uri"):
        x.path = str(config["upstream_uri"])
    return None


def _is_canary(x: Exchange, config: Body) -> bool:
    name = config.get("canary_by_header_name")
    choice = x.headers.get(name) if name else None
    if choice in ("always", "never"):
        return bool(choice == "always")
    if config["hash"] in ("allow", "deny"):
        groups = acl_groups_of(x.node, x.consumer) if x.consumer else ()
        listed = bool(set(groups) & set(config.get("groups") or ()))
        return listed is (config["hash"] == "allow")
    return _bucket(x, config) < _open_buckets(x.node.now(), config)


def _open_buckets(now: float, config: Body) -> int:
    """How many of the buckets go to the canary at a time."""
    steps = int(config["steps"])
    percentage = config.get("percentage")
    if percentage is not None:
        return math.floor(steps * float(percentage) / 100)
    passed = (now - float(config.get("start") or 0)) / float(config["duration"])
    return math.floor(steps * min(1.0, max(0.0, passed)))


def _bucket(x: Exchange, config: Body) -> int:
    """The bucket of a request: of its header, else its consumer, else its address, else the next.

    Kong falls back in this order when a request does not have what ``hash`` names.
    """
    steps = int(config["steps"])
    wanted = config["hash"]
    header = x.headers.get(config.get("hash_header") or "") if wanted == "header" else None
    consumer = str(x.consumer["id"]) if x.consumer and wanted in ("header", "consumer") else None
    address = x.client_ip if wanted != "none" else None
    hashed = header or consumer or address
    if hashed:
        return zlib.crc32(hashed.encode()) % steps
    place = (_MEMORY, str(config.get("upstream_host")), str(config.get("upstream_uri")))
    last: int = x.node.memory.get(place, 0)
    bucket = (last + _stride(steps)) % steps
    x.node.memory[place] = bucket
    return bucket


def _stride(steps: int) -> int:
    """A step that leads through all buckets and spreads them evenly over time."""
    stride = max(1, round(steps * 0.618))
    while math.gcd(stride, steps) > 1:
        stride += 1
    return stride

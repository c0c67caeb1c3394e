"""Cached responses: their key, how long they are fresh, and where they are kept.

Sources: https://developer.konghq.com/plugins/proxy-cache-advanced/ ("Cache key", "Cache control",
"Storage TTL"), and for the order of checks Kong's open plugin of the same kind
(``kong/plugins/proxy-cache`` in https://github.com/Kong/kong).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from sandbox.data_plane.exchange import Answer, Exchange, Node
from sandbox.store import Body

HOP_BY_HOP = frozenset(
    {
        "connection",
        "content-length",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that are of one connection. They are not given to other clients."""

_MEMORY = "proxy-cache-advanced"
"""The key of cached responses in a node's memory, and the first part of their keys in Redis."""

LARGEST_MEMORY = 64 * 1024 * 1024
"""Bytes of the responses that a node keeps in its memory. A Redis of the sandbox has as much."""

Directives = Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """A cached response. ``stored`` is in seconds since the epoch, ``ttl`` in seconds."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    stored: float
    ttl: float

    @property
    def size(self) -> int:
        """Bytes of its body and headers."""
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers)

    def packed(self) -> str:
        """The entry as JSON text."""
        body = base64.b64encode(self.body).decode()
        return json.dumps([self.status, list(self.headers), body, self.stored, self.ttl])

    @staticmethod
    def unpacked(text: str | bytes) -> Entry:
        """The entry from `packed` text. Raises ValueError for another text."""
        status, headers, body, stored, ttl = json.loads(text)
        pairs = [(str(name), str(value)) for name, value in headers]
        return Entry(status, pairs, base64.b64decode(body), stored, ttl)


def directives(headers: httpx.Headers) -> Directives:
    """The directives of ``Cache-Control``, in lower case. Those without a value have ``""``."""
    found = {}
    for part in headers.get("cache-control", "").split(","):
        name, _, value = part.strip().partition("=")
        if name:
            found[name.lower()] = value.strip('" ')
    return found


def seconds(control: Directives, name: str) -> float | None:
    """The number of a directive, or None if it has none."""
    try:
        return float(control[name])
    except (KeyError, ValueError):
        return None


def resource_ttl(answer: Answer, now: float) -> float:
    """How long a response says that it is fresh, in seconds: ``Cache-Control`` or ``Expires``."""
    control = directives(answer.headers)
    for name in ("s-maxage", "max-age"):
        age = seconds(control, name)
        if age is not None:
            return max(0.0, age)
    try:
        expires = parsedate_to_datetime(answer.headers.get("expires", ""))
    except (TypeError, ValueError):
        return 0.0
    return max(0.0, expires.timestamp() - now)


def cache_key(x: Exchange, config: Body) -> str:
    """The key of a request: an MD5 hash of who asks, and of what."""
    route = str(x.route["id"]) if x.route else "default"
    who = f"{x.consumer['id']}:{route}" if x.consumer else route
    path = x.client_path or x.path
    if config["ignore_uri_case"]:
        path = path.lower()
    parameters: dict[str, list[str]] = {}
    for name, value in x.query:
        parameters.setdefault(name, []).append(value)
    wanted = config.get("vary_query_params") or sorted(parameters)
    parts = (
        who,
        x.method,
        path,
        _varying(wanted, parameters),
        _varying(
            config.get("vary_headers") or (),
            {name.lower(): x.headers.get_list(name) for name in x.headers},
        ),
    )
    return hashlib.md5("|".join(parts).encode(), usedforsecurity=False).hexdigest()


def _varying(names: Sequence[str], values: Mapping[str, Sequence[str]]) -> str:
    found = []
    for name in sorted(names):
        known = values.get(name) or values.get(name.lower())
        if known:
            found.append(f"{name}={','.join(sorted(known))}")
    return ":".join(found)


def media_type_matches(wanted: str, given: str) -> bool:
    """Whether a content type is one of ``config.content_type``.

    ``*`` stands for any type or subtype. The parameters must be the same ones.
    """
    kind, parameters = _media_type(wanted)
    given_kind, given_parameters = _media_type(given)
    if parameters != given_parameters or len(kind) != 2 or len(given_kind) != 2:
        return False
    return all(one in ("*", other) for one, other in zip(kind, given_kind, strict=True))


def _media_type(text: str) -> tuple[Sequence[str], frozenset[str]]:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    return kind.split("/"), frozenset(parameters)


class Memory:
    """The cached responses of one node, up to ``LARGEST_MEMORY`` bytes of bodies and headers.

    When it is full, the responses that were unused the longest are deleted.
    """

    def __init__(self) -> None:
        """Nothing is cached yet."""
        self._kept: OrderedDict[str, tuple[Entry, float]] = OrderedDict()
        self._size = 0

    def get(self, key: str, now: float) -> Entry | None:
        """The entry of a key, fresh or not, until its storage time is over."""
        entry, until = self._kept.get(key, (None, 0.0))
        if entry is None or until <= now:
            return None
        self._kept.move_to_end(key)
        return entry

    def put(self, key: str, entry: Entry, until: float) -> None:
        """Keep an entry until a time, in seconds since the epoch. One that is too large is not."""
        self._delete(key)
        if entry.size > LARGEST_MEMORY:
            return
        self._kept[key] = (entry, until)
        self._size += entry.size
        while self._size > LARGEST_MEMORY:
            self._delete(next(iter(self._kept)))

    def _delete(self, key: str) -> None:
        if key in self._kept:
            entry, _ = self._kept.pop(key)
            self._size -= entry.size


def _memory(node: Node) -> Memory:
    memory: Memory = node.memory.setdefault((_MEMORY,), Memory())
    return memory


async def fetch(node: Node, config: Body, key: str) -> Entry | None:
    """The stored entry of a key, fresh or not. Raises what a command to Redis raises."""
    if config["strategy"] == "redis":
        packed = await node.redis(config["redis"]).get(f"{_MEMORY}:{key}")
        return Entry.unpacked(packed) if packed else None
    return _memory(node).get(key, node.now())


async def store(node: Node, config: Body, key: str, entry: Entry, ttl: float) -> None:
    """Keep an entry for a time, in seconds. Raises what a command to Redis raises."""
    if config["strategy"] == "redis":
        client = node.redis(config["redis"])
        await client.set(f"{_MEMORY}:{key}", entry.packed(), px=max(1, round(ttl * 1000)))
        return
    _memory(node).put(key, entry, node.now() + ttl)


def answer_of(entry: Entry, now: float, config: Mapping[str, Any]) -> Answer:
    """The response of an entry, with its ``Age`` if ``response_headers.age`` is set."""
    headers = httpx.Headers(list(entry.headers))
    if (config.get("response_headers") or {}).get("age", True):
        headers["Age"] = str(int(now - entry.stored))
    return Answer(entry.status, headers, entry.body)

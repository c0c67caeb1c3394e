"""http-log: sends a log entry for each request to an HTTP server, as JSON.

Functions in Lua are played if they return a text: ``return "prod"``.
Source: https://developer.konghq.com/plugins/http-log/, and Kong's log serializer,
``kong/pdk/log.lua`` in https://github.com/Kong/kong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from sandbox.data_plane.exchange import Exchange, Node
from sandbox.data_plane.sending import queue_of
from sandbox.store import Body

NAME = "http-log"
PRIORITY = 12
FIELDS = frozenset(
    {"content_type", "custom_fields_by_lua", "headers", "http_endpoint", "method", "queue"}
    | {"ssl_verify"}
)

_TEXT = re.compile(r'\s*return\s+("(?:[^"\\]|\\.)*")\s*;?\s*')


async def log(x: Exchange, config: Body) -> None:
    """Put the request's entry into the queue of this plugin."""
    url = config["http_endpoint"]
    send = partial(_send, x.node, config)
    queue_of(x.node, (NAME, url), config["queue"], send).put(_entry(x, config))


async def _send(node: Node, config: Body, batch: Sequence[Body]) -> None:
    """Send entries: one as an object, several as a list."""
    headers = {"Content-Type": config["content_type"], **(config.get("headers") or {})}
    # As in Kong, the size of a batch decides and not how many entries are in it.
    body: Any = list(batch) if config["queue"]["max_batch_size"] > 1 else batch[0]
    await node.call(config["method"], config["http_endpoint"], headers, json.dumps(body).encode())


def _entry(x: Exchange, config: Body) -> Body:
    """The entry, with the fields of Kong's serializer that the sandbox knows."""
    assert x.answer is not None
    facts = x.facts
    latency, upstream = facts["latency_ms"], facts["upstream_ms"]
    entry: Body = {
        "request": {
            "id": x.headers.get("X-Kong-Request-Id"),
            "method": facts["client_method"],
            "uri": x.client_path,
            "headers": dict(facts["client_headers"]),
        },
        "response": {
            "status": x.answer.status,
            "size": len(x.answer.body),
            "headers": {name.lower(): value for name, value in x.answer.headers.items()},
        },
        "latencies": {
            "request": round(latency),
            "proxy": round(upstream) if facts.get("proxied") else -1,
            "kong": round(latency - upstream),
        },
        "client_ip": x.client_ip,
        "started_at": round(facts["began"] * 1000),
        "source": "upstream" if facts.get("proxied") else "exit",
    }
    for name, entity in (("route", x.route), ("service", x.service), ("consumer", x.consumer)):
        if entity is not None:
            entry[name] = {
                key: entity[key] for key in ("id", "name", "username") if entity.get(key)
            }
    return entry | _added(x, config)


def _added(x: Exchange, config: Body) -> Body:
    """The fields of ``custom_fields_by_lua``."""
    added: Body = {}
    for name, code in (config.get("custom_fields_by_lua") or {}).items():
        found = _TEXT.fullmatch(code)
        if found is None:
            x.unsupported.append(f"{NAME}.custom_fields_by_lua.{name}")
        else:
            added[name] = json.loads(found[1])
    return added

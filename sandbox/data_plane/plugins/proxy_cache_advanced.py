"""proxy-cache-advanced: serves responses again from memory or Redis.

Source: https://developer.konghq.com/plugins/proxy-cache-advanced/. Keys, ages and storage are in
``sandbox.data_plane.caching``.

When Redis cannot be read, ``bypass_on_err`` sends the request to the upstream with the status
``Bypass``. Kong documents only that. Without it the error is not handled: the response is Kong's
500.
"""

from __future__ import annotations

from sandbox.data_plane.caching import (
    HOP_BY_HOP,
    Directives,
    Entry,
    answer_of,
    cache_key,
    directives,
    fetch,
    media_type_matches,
    resource_ttl,
    seconds,
    store,
)
from sandbox.data_plane.counting import FAILURES
from sandbox.data_plane.exchange import Answer, Exchange, refused
from sandbox.store import Body

NAME = "proxy-cache-advanced"
PRIORITY = 100
FIELDS = frozenset(
    {
        "bypass_on_err",
        "cache_control",
        "cache_ttl",
        "content_type",
        "ignore_uri_case",
        "memory",
        "redis",
        "request_method",
        "response_code",
        "response_headers",
        "storage_ttl",
        "strategy",
        "vary_headers",
        "vary_query_params",
    }
)


async def access(x: Exchange, config: Body) -> Answer | None:
    """Answer from the cache, if it has a response that is fresh."""
    control = directives(x.headers)
    if not _is_cacheable_request(x, config, control):
        _set_status(x, config, "Bypass")
        return None
    key = cache_key(x, config)
    if config["response_headers"]["X-Cache-Key"]:
        x.response_headers["X-Cache-Key"] = key
    try:
        entry = await fetch(x.node, config, key)
    except FAILURES:
        if not config["bypass_on_err"]:
            return refused(500, "An unexpected error occurred")
        _set_status(x, config, "Bypass")
        return None
    if entry and _is_fresh(entry, x.node.now(), config, control):
        _set_status(x, config, "Hit")
        return answer_of(entry, x.node.now(), config)
    if not entry and config["cache_control"] and "only-if-cached" in control:
        return refused(504, "The upstream server is timing out")
    _set_status(x, config, "Refresh" if entry else "Miss")
    x.facts["cache_key"] = key
    return None


async def response(x: Exchange, config: Body) -> None:
    """Store the response, if the request asked the cache and the response may be stored."""
    key = x.facts.pop("cache_key", None)
    if key is None or x.answer is None:
        return
    now = x.node.now()
    if not _is_cacheable_response(x.answer, config, now):
        _set_status(x, config, "Bypass")
        return
    fresh = resource_ttl(x.answer, now) if config["cache_control"] else float(config["cache_ttl"])
    kept = [pair for pair in x.answer.headers.multi_items() if pair[0].lower() not in HOP_BY_HOP]
    entry = Entry(x.answer.status, kept, x.answer.body, now, fresh)
    try:
        await store(x.node, config, key, entry, float(config.get("storage_ttl") or fresh))
    except FAILURES:
        # Kong logs the error: the client has its response, and the next request asks again.
        x.facts["cache_error"] = True


def _set_status(x: Exchange, config: Body, status: str) -> None:
    x.facts["cache"] = status
    if config["response_headers"]["X-Cache-Status"]:
        x.response_headers["X-Cache-Status"] = status


def _is_cacheable_request(x: Exchange, config: Body, control: Directives) -> bool:
    if x.method not in config["request_method"]:
        return False
    if not config["cache_control"]:
        return True
    return not {"no-store", "no-cache"} & control.keys() and "authorization" not in x.headers


def _is_cacheable_response(answer: Answer, config: Body, now: float) -> bool:
    kind = answer.headers.get("content-type", "")
    if answer.status not in config["response_code"]:
        return False
    if not any(media_type_matches(wanted, kind) for wanted in config["content_type"]):
        return False
    if not config["cache_control"]:
        return True
    control = directives(answer.headers)
    if {"private", "no-store", "no-cache"} & control.keys():
        return False
    return "public" in control and resource_ttl(answer, now) > 0


def _is_fresh(entry: Entry, now: float, config: Body, control: Directives) -> bool:
    """Whether a client takes an entry.

    With ``cache_control`` the client says how old it may be. Without such a directive it takes
    what is stored, as in Kong.
    """
    age = now - entry.stored
    if not config["cache_control"]:
        return age <= float(config["cache_ttl"])
    oldest = seconds(control, "max-age")
    stale = seconds(control, "max-stale")
    left = seconds(control, "min-fresh")
    if oldest is not None and age > oldest:
        return False
    if stale is not None and age - entry.ttl > stale:
        return False
    return left is None or entry.ttl - age >= left

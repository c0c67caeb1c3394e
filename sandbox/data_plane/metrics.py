"""Counts the requests to gateways, and samples managed caches, for Konnect's analytics.

Every request is counted before its response is sent. Counts are in memory until ``save``. Times are
real times.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sandbox.data_plane.configuration import Group
from sandbox.data_plane.node import DataPlaneNode, Result
from sandbox.konnect import nodes
from sandbox.konnect.analytics import figures, names
from sandbox.konnect.analytics.figures import CACHES, FINEST, TRAFFIC, Figures, Series
from sandbox.store import Body, Store

_PATIENCE = 5.0
"""Seconds that a Redis has to answer. One that is down refuses at once."""

Counted = dict[tuple[str, str], dict[int, Series]]
"""(organisation, kind) -> beginning of a bucket -> series."""


class Metrics:
    """Counts in memory, until ``save`` puts it into the store.

    Every method may be called in any thread.
    """

    def __init__(self) -> None:
        """Start with no counts."""
        self._lock = threading.Lock()
        self._counted: Counted = {}
        self._names: dict[tuple[str, str, str], str] = {}
        self._sampling = threading.Lock()
        self._totals: dict[str, Mapping[str, Any]] = {}

    def count(self, node: DataPlaneNode, result: Result) -> None:
        """Count one request. Health probes have no exchange and are not counted."""
        x = result.exchange
        if x is None:
            return
        group, status = node.runs, result.answer.status
        labels = {**_place_of(group, node.name), **_request_labels(group, result)}
        figure = Figures()
        figure.add(requests=1, errors=int(status >= 400))
        cache = x.facts.get("cache")
        if cache not in (None, "Bypass"):  # a request that bypasses the cache is not looked up
            figure.add(cache_lookups=1, cache_hits=int(cache == "Hit"))
        kong = max(0.0, result.latency - result.upstream_latency)
        figure.measure(
            response_latency=result.latency,
            kong_latency=kong,
            kong_internal_latency=kong,
            request_size=result.request_size,
            response_size=_size(result),
        )
        if x.facts.get("proxied"):
            figure.measure(upstream_latency=result.upstream_latency)
        if x.facts.get("ai_plugin"):
            figure.measure(llm_latency=result.upstream_latency)
            figure.add(
                ai_requests=1,
                prompt_tokens=x.facts.get("prompt_tokens") or 0,
                completion_tokens=x.facts.get("completion_tokens") or 0,
                total_tokens=x.facts.get("tokens") or 0,
                cost=x.facts.get("cost") or 0,
            )
        named = dict(_names_of(group, node.name, labels, x.service, x.route, x.consumer))
        self._add(group.organization, TRAFFIC, node.now(), labels, figure, named)

    def sample(
        self, groups: Mapping[str, Group], port_of: Callable[[str], int | None], now: float
    ) -> None:
        """Ask each managed cache for its memory, items, evictions and expirations.

        ``groups`` are by the key of their cache. A cache that does not answer is left out.
        """
        with self._sampling:
            for key, group in groups.items():
                port = port_of(key)
                info = None if port is None else _info(port)
                if info is not None:
                    self._sampled(key, group, info, now)

    def _sampled(self, key: str, group: Group, info: Mapping[str, Any], now: float) -> None:
        before = self._totals.get(key, {})
        self._totals[key] = info
        if before.get("run_id") != info["run_id"]:
            before = {}  # a new server counts from 0
        items = sum(value["keys"] for name, value in info.items() if name.startswith("db"))
        figure = Figures()
        figure.add(samples=1, items=items)
        for name in ("evicted_keys", "expired_keys"):
            figure.add(**{name: info[name] - before.get(name, 0)})
        figure.raise_to(memory=info["used_memory"] / (info["maxmemory"] or info["used_memory"]))
        labels = {
            "geo": group.plane["_geo"],
            "control_plane": group.plane["id"],
            "data_plane_group": group.body["id"],
            "managed_cache": group.add_on,
            "network": group.body.get("cloud_gateway_network_id"),
            "provider": group.body["provider"],
            "provider_region": group.body["region"],
        }
        named = {("control_plane", group.plane["id"]): str(group.plane["name"])}
        self._add(group.organization, CACHES, now, labels, figure, named)

    def _add(
        self,
        organization: str,
        kind: str,
        now: float,
        labels: Mapping[str, Any],
        figure: Figures,
        named: Mapping[tuple[str, str], str],
    ) -> None:
        start = int(now) // FINEST * FINEST
        key = figures.key_of(labels)
        with self._lock:
            series = self._counted.setdefault((organization, kind), {}).setdefault(start, {})
            series.setdefault(key, Figures()).merge(figure)
            for (dimension, id_), name in named.items():
                self._names[organization, dimension, id_] = name

    def save(self, store: Store) -> None:
        """Add the counts to the store. Call it in a transaction.

        Counts that cannot be written are kept for the next time.
        """
        with self._lock:
            counted, self._counted = self._counted, {}
            named, self._names = self._names, {}
        try:
            for (organization, kind), buckets in counted.items():
                view = store.within(organization)
                figures.save(view, kind, buckets)
                figures.compact(view, kind, max(buckets))
            names.remember(store, named)
        except BaseException:
            self._take_back(counted, named)
            raise

    def _take_back(self, counted: Counted, named: Mapping[tuple[str, str, str], str]) -> None:
        with self._lock:
            self._names = {**named, **self._names}
            for place, buckets in counted.items():
                for start, series in buckets.items():
                    own = self._counted.setdefault(place, {}).setdefault(start, {})
                    for key, figure in series.items():
                        own.setdefault(key, Figures()).merge(figure)


def _place_of(group: Group, node: str) -> dict[str, Any]:
    """The labels of a node. A node of a control plane group serves one of its members."""
    is_group = group.plane["config"]["cluster_type"] == "CLUSTER_TYPE_CONTROL_PLANE_GROUP"
    plane = group.plane["id"]
    return {
        "geo": group.plane["_geo"],
        "control_plane": None if is_group else plane,
        "control_plane_group": plane if is_group else None,
        "data_plane_node": f"{plane}:{nodes.node_id(group.body, node)}",
        "data_plane_node_version": f"{group.body.get('_version') or '3.14'}.0.0",
    }


def _request_labels(group: Group, result: Result) -> dict[str, Any]:
    """The labels of a request. Ids of entities begin with that of the node's control plane."""
    x = result.exchange
    assert x is not None
    facts, plane = x.facts, group.plane["id"]
    member = next(
        (
            group.configuration.members[one["id"]]
            for one in (x.service, x.route)
            if one is not None and one["id"] in group.configuration.members
        ),
        None,
    )
    upstream_status = facts.get("upstream_status")
    labels: dict[str, Any] = {
        name: None if one is None else f"{plane}:{one['id']}"
        for name, one in (
            ("gateway_service", x.service),
            ("route", x.route),
            ("consumer", x.consumer),
        )
    }
    labels |= {
        "status_code": result.answer.status,
        "upstream_status_code": upstream_status,
        "response_source": "kong" if upstream_status is None else "upstream",
        "cache_status": facts.get("cache"),
    }
    if facts.get("ai_plugin"):
        labels |= {
            "ai_plugin": facts["ai_plugin"],
            "ai_provider": facts.get("provider"),
            "ai_request_model": facts.get("model"),
            "ai_response_model": facts.get("response_model"),
        }
    return labels if member is None else {**labels, "control_plane": member}


def _names_of(
    group: Group, node: str, labels: Mapping[str, Any], *entities: Body | None
) -> Iterator[tuple[tuple[str, str], str]]:
    """(dimension, id) -> name, of the control plane, the node and the entities of a request."""
    plane = "control_plane_group" if labels["control_plane_group"] else "control_plane"
    yield (plane, group.plane["id"]), str(group.plane["name"])
    yield ("data_plane_node", labels["data_plane_node"]), node
    for dimension, entity in zip(("gateway_service", "route", "consumer"), entities, strict=True):
        if entity is not None:
            name = entity.get("name") or entity.get("username") or entity["id"]
            yield (dimension, labels[dimension]), str(name)


def _size(result: Result) -> int:
    """About the bytes of a response: its headers and its body."""
    headers = sum(len(name) + len(value) + 4 for name, value in result.answer.headers.raw)
    return headers + len(result.answer.body)


def _info(port: int) -> Mapping[str, Any] | None:
    """The answer of a Redis to INFO, or None when there is none. It is asked once."""
    once = Retry(NoBackoff(), 0)
    with redis.Redis(port=port, socket_timeout=_PATIENCE, retry=once) as client:
        try:
            found: Mapping[str, Any] = client.info()
        except redis.RedisError:
            return None
    return found

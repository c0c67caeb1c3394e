"""Metrics of what passed: counted per minute and series, kept in the store, for one day."""

from __future__ import annotations

import types
from typing import Any, cast

import httpx

from sandbox.data_plane import metrics
from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.data_plane.metrics import BUCKETS, MINUTES, MOST_SERIES, Metrics
from sandbox.data_plane.node import DataPlaneNode, Result
from sandbox.store import Body, Store
from tests.sandbox.data_plane.gateways import Gateways, Plane
from tests.sandbox.konnect.client import Konnect

START = 1_800_000_000


def counted(into: Metrics, at: float = START, *, latency: float = 7, **fields: Any) -> None:
    node = cast(DataPlaneNode, types.SimpleNamespace(name="node-0", now=lambda: at))
    facts = fields.pop("facts", {})
    status = fields.pop("status", 200)
    x = Exchange(node, "127.0.0.1", "GET", "/", [], httpx.Headers(), b"", facts=facts, **fields)
    into.count(node, Result(Answer(status, httpx.Headers(), b"beans"), x, latency))


def kept(store: Store, of: Metrics, since: float = 0) -> list[Body]:
    of.save(store)
    return list(metrics.read(store, since))


def test_equal_requests_of_a_minute_are_one_series(store: Store) -> None:
    of = Metrics()
    facts = {"cache": "Hit", "tokens": 12, "cost": 0.25, "model": "small"}
    service, route = {"id": "1", "name": "shop"}, {"id": "2", "name": "orders"}
    for latency in (3, 7, 99999):
        counted(of, latency=latency, facts=facts, service=service, route=route)
    (series,) = kept(store, of)
    assert (series["service"], series["route"], series["cache"]) == ("shop", "orders", "Hit")
    assert (series["requests"], series["tokens"], series["bytes"]) == (3, 36, 15)
    assert (series["model"], series["cost"]) == ("small", 0.75)
    assert series["time"] == START
    assert series["histogram"] == [1, 1, *[0] * (len(BUCKETS) - 2), 1]


def test_what_is_saved_later_is_added(store: Store) -> None:
    of = Metrics()
    counted(of)
    kept(store, of)
    counted(of)
    counted(of, at=START + 60)
    assert [series["requests"] for series in kept(store, of)] == [2, 1]
    assert [series["time"] for series in kept(store, of, since=START + 60)] == [START + 60]


def test_a_request_over_a_limit_is_a_series_of_its_own(store: Store) -> None:
    of = Metrics()
    counted(of, status=429, facts={"rate_limited": True})
    counted(of)
    assert [(s["status"], s["rate_limited"]) for s in kept(store, of)] == [
        (429, True),
        (200, False),
    ]


def test_a_minute_of_a_day_ago_makes_room(store: Store) -> None:
    of = Metrics()
    counted(of)
    kept(store, of)
    counted(of, at=START + MINUTES * 60)
    assert [series["time"] for series in kept(store, of)] == [START + MINUTES * 60]


def test_more_series_than_a_minute_may_have_are_counted_together(store: Store) -> None:
    of = Metrics()
    for number in range(MOST_SERIES + 20):
        counted(of, route={"id": str(number)})
    series = kept(store, of)
    assert len(series) == MOST_SERIES + 1
    assert sum(one["requests"] for one in series) == MOST_SERIES + 20
    assert series[-1]["route"] is None


def test_requests_to_gateways_are_counted_with_node_and_route(
    konnect: Konnect, gateways: Gateways
) -> None:
    Plane(konnect).api()
    gateways.start()
    gateways.get("/orders")
    gateways.get("/nowhere")
    gateways.get("/___konnect/healthz")
    assert gateways.plane.supervisor is not None
    series = kept(konnect.store, gateways.plane.supervisor.metrics)
    node = gateways.names()[0]
    assert [(s["node"], s["route"], s["status"]) for s in series] == [
        (node, "orders", 200),
        (node, None, 404),
    ]

"""Metrics of what passed: counted by what analytics can ask for, and saved without a loss."""

from __future__ import annotations

import socket
import sqlite3
import threading
import types
from typing import Any, cast

import httpx
import pytest

from sandbox.data_plane.configuration import Configuration, Group
from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.data_plane.metrics import Metrics
from sandbox.data_plane.node import DataPlaneNode, Result
from sandbox.konnect.analytics import figures
from sandbox.konnect.analytics.figures import CACHES, TRAFFIC, Figures, Labels
from sandbox.store import Store
from tests.sandbox.data_plane.gateways import Gateways, Plane
from tests.sandbox.konnect.client import Konnect

START = 1_800_000_000


def group(cluster_type: str = "CLUSTER_TYPE_CONTROL_PLANE", **members: str) -> Group:
    config = {"cluster_type": cluster_type}
    plane = {"id": "plane", "name": "orders", "config": config, "_geo": "us"}
    configuration = Configuration("1", {}, members=members)
    return Group({"id": "g", "_version": "3.14"}, plane, ["node-0"], configuration, None)


def counted(
    into: Metrics, at: float = START, *, latency: float = 7, of: Group | None = None, **fields: Any
) -> None:
    node = cast(
        DataPlaneNode,
        types.SimpleNamespace(name="node-0", now=lambda: at, runs=of or group()),
    )
    facts = fields.pop("facts", {})
    status = fields.pop("status", 200)
    x = Exchange(node, "127.0.0.1", "GET", "/", [], httpx.Headers(), b"", facts=facts, **fields)
    into.count(node, Result(Answer(status, httpx.Headers(), b"beans"), x, latency, request_size=9))


def kept(store: Store, of: Metrics, kind: str = TRAFFIC) -> list[tuple[int, Labels, Figures]]:
    of.save(store)
    return list(figures.read(store, kind, 0, 2**40))


def test_equal_requests_of_ten_seconds_are_one_series(store: Store) -> None:
    of = Metrics()
    service, route = {"id": "1", "name": "shop"}, {"id": "2", "name": "orders"}
    for latency in (3, 7, 99999):
        counted(of, latency=latency, facts={"cache": "Hit"}, service=service, route=route)
    ((begins, labels, found),) = kept(store, of)
    assert begins == START
    assert (labels["gateway_service"], labels["route"]) == ("plane:1", "plane:2")
    assert (labels["cache_status"], labels["response_source"]) == ("Hit", "kong")
    assert (found.sums["requests"], found.sums["response_size"]) == (3, 15)
    assert sorted(found.histograms["response_latency"].values()) == [1, 1, 1]


def test_a_request_that_bypasses_the_cache_is_neither_hit_nor_miss(store: Store) -> None:
    of = Metrics()
    for status in ("Hit", "Miss", "Refresh", "Bypass"):
        counted(of, facts={"cache": status})
    total = Figures()
    for _, _, found in kept(store, of):
        total.merge(found)
    assert (total.sums["cache_lookups"], total.sums["cache_hits"]) == (3, 1)


def test_what_is_saved_later_is_added(store: Store) -> None:
    of = Metrics()
    counted(of)
    kept(store, of)
    counted(of)
    counted(of, at=START + 10)
    found = [(begins, one.sums["requests"]) for begins, _, one in kept(store, of)]
    assert found == [(START, 2), (START + 10, 1)]


def test_what_could_not_be_saved_is_saved_the_next_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = Metrics()
    counted(of)

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "put_figures", full)
        with pytest.raises(sqlite3.OperationalError):
            of.save(store)
    counted(of)
    assert [one.sums["requests"] for _, _, one in kept(store, of)] == [2]


def test_a_response_of_the_upstream_has_its_status(store: Store) -> None:
    of = Metrics()
    counted(of, status=502, facts={"upstream_status": 200, "proxied": True})
    ((_, labels, found),) = kept(store, of)
    assert (labels["status_code"], labels["upstream_status_code"]) == (502, 200)
    assert labels["response_source"] == "upstream"
    assert found.sums["errors"] == 1
    assert "upstream_latency" in found.histograms


def test_a_request_to_a_model_has_its_tokens_and_cost(store: Store) -> None:
    of = Metrics()
    facts = {
        "ai_plugin": "ai-proxy-advanced",
        "provider": "openai",
        "model": "small",
        "response_model": "small-2",
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "tokens": 12,
        "cost": 0.25,
    }
    counted(of, facts=facts)
    ((_, labels, found),) = kept(store, of)
    assert (labels["ai_request_model"], labels["ai_response_model"]) == ("small", "small-2")
    assert (found.sums["total_tokens"], found.sums["cost"]) == (12, 0.25)


def test_a_node_of_a_group_serves_the_member_that_has_the_service(store: Store) -> None:
    of = Metrics()
    shared = group("CLUSTER_TYPE_CONTROL_PLANE_GROUP", service="member")
    counted(of, of=shared, service={"id": "service", "name": "shop"})
    ((_, labels, _),) = kept(store, of)
    assert (labels["control_plane"], labels["control_plane_group"]) == ("member", "plane")
    assert labels["gateway_service"] == "plane:service"


def test_organisations_are_counted_apart(store: Store) -> None:
    of = Metrics()
    one = group()
    counted(of, of=Group(one.body, one.plane, one.nodes, one.configuration, None, {}, "other"))
    assert kept(store, of) == []
    assert len(kept(store.within("other"), of)) == 1


def test_a_redis_that_does_not_answer_is_asked_once(store: Store) -> None:
    """A query waits for the answer, and with it every other request to the sandbox."""
    of, asked = Metrics(), threading.Semaphore(0)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.close()
                asked.release()

        thread = threading.Thread(target=refuse)
        thread.start()
        of.sample({"cache": group()}, lambda _: int(listener.getsockname()[1]), START)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert kept(store, of, CACHES) == []
    assert asked.acquire(blocking=False)
    assert not asked.acquire(blocking=False)


def test_a_managed_cache_is_looked_at_in_its_redis(konnect: Konnect, gateways: Gateways) -> None:
    plane = Plane(konnect, cache=True)
    gateways.start()
    supervisor = gateways.plane.supervisor
    assert supervisor is not None
    supervisor.sample_caches()
    ((_, labels, found), *_) = kept(konnect.store, supervisor.metrics, CACHES)
    assert (labels["control_plane"], labels["managed_cache"]) == (plane.id, plane.add_on["id"])
    assert (labels["provider"], labels["provider_region"]) == ("aws", "us-east-2")
    assert 0 < found.maxima["memory"] < 1
    assert found.sums["samples"] >= 1
